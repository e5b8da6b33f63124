package org.pocketbench.core;

/** The clock that samples are taken with: {@code System.nanoTime}, CLOCK_MONOTONIC on Android. */
final class Clock {
    private static final int READINGS = 4000;

    private Clock() { }

    /** The smallest step, in nanoseconds, between two readings one after the other; 0 where none was seen. */
    static long step() {
        long smallest = 0;
        long earlier = System.nanoTime();
        for (int i = 0; i < READINGS; i++) {
            long later = System.nanoTime();
            if (later > earlier && (smallest == 0 || later - earlier < smallest)) {
                smallest = later - earlier;
            }
            earlier = later;
        }
        return smallest;
    }
}
