package org.pocketbench.core;

import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * The samples of one phase, in order: nanoseconds, each of {@code batch} calls; {@code inferenceNs} beside each what another program says that the
 * inferences alone took in it, null where the calls are this process's own.
 */
final class Samples {
    final String phase;
    final int batch;
    final long[] ns;
    final long[] inferenceNs;

    private Samples(String phase, int batch, long[] ns, long[] inferenceNs) {
        this.phase = phase;
        this.batch = batch;
        this.ns = ns;
        this.inferenceNs = inferenceNs;
    }

    /**
     * Calls {@code call} until the phase ends. {@code before} is called, untimed, ahead of each sample. The array is made beforehand and nothing
     * else happens between the first sample and the last; garbage is collected before, for a phone has no switch for it. {@code inference} tells the
     * nanoseconds of all inferences so far by another program's clock; null where there is none.
     */
    static Samples take(Phase phase, int batch, Call before, Call call, LongSupplier inference, LongSupplier clock) throws Exception {
        boolean goesOn = phase.maxRuns > 0 || phase.maxNs > 0;
        int room = room(phase, goesOn);
        long[] ns = new long[room];
        long[] inside = inference == null ? null : new long[room];
        int count = 0;
        System.gc();
        long began = clock.getAsLong();
        while (true) {
            before.go();
            long told = inside == null ? 0 : inference.getAsLong();
            long start = clock.getAsLong();
            for (int i = 0; i < batch; i++) {
                call.go();
            }
            long end = clock.getAsLong();
            ns[count] = end - start;
            if (inside != null) {
                inside[count] = inference.getAsLong() - told;
            }
            count++;
            boolean late = goesOn ? phase.maxNs > 0 && end - began >= phase.maxNs : end - began >= phase.minNs;
            if (count >= phase.minRuns && (count >= room || late)) {
                return new Samples(phase.name, batch, Arrays.copyOf(ns, count), inside == null ? null : Arrays.copyOf(inside, count));
            }
        }
    }

    /** Takes samples of calls that are this process's own. */
    static Samples take(Phase phase, int batch, Call before, Call call, LongSupplier clock) throws Exception {
        return take(phase, batch, before, call, null, clock);
    }

    /** How many samples there is room for: a phase without a bound ends at MAX_SAMPLES at the latest. */
    private static int room(Phase phase, boolean goesOn) {
        if (!goesOn && phase.minNs == 0) {
            return phase.minRuns;
        }
        long most = phase.maxRuns > 0 ? Math.min(phase.maxRuns, Protocol.MAX_SAMPLES) : Protocol.MAX_SAMPLES;
        return (int) Math.max(phase.minRuns, most);
    }
}
