package org.pocketbench.core;

import java.util.List;

/** One phase of a timing order: it goes on until both minima are reached, and ends at a maximum (0: no such bound). */
public final class Phase {
    static final List<String> BOUNDS = List.of("min_runs", "min_ns", "max_runs", "max_ns");

    public final String name;
    public final int minRuns;
    public final long minNs;
    public final long maxRuns;
    public final long maxNs;

    public Phase(String name, int minRuns, long minNs, long maxRuns, long maxNs) {
        this.name = name;
        this.minRuns = minRuns;
        this.minNs = minNs;
        this.maxRuns = maxRuns;
        this.maxNs = maxNs;
    }
}
