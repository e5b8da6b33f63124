package org.pocketbench.core;

import java.util.List;

/** The protocol's number and closed lists: {@code android_app/protocol/README.md}. */
final class Protocol {
    static final int NUMBER = 1;
    static final int MAX_SAMPLES = 1_000_000;
    static final String RUNNER = "app";
    static final String REPORT = "report.jsonl";
    static final List<String> KINDS = List.of("timing", "outputs", "memory", "serve");
    static final List<String> PHASES = List.of("load", "first", "warmup", "steady");
    static final List<String> TRANSPORTS = List.of("socket", "http");

    private Protocol() { }
}
