package org.pocketbench.core;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.List;
import org.junit.Test;

/** Phases keep their bounds, by a clock that goes on by ten with each call. */
public class SamplesTest {
    private final List<String> happened = new ArrayList<>();
    private long now = 1000;

    private Samples take(Phase phase, int batch) throws Exception {
        return Samples.take(phase, batch, () -> happened.add("before"), () -> now += 10, () -> now);
    }

    @Test
    public void aPhaseWithoutBoundsEndsAtItsMinima() throws Exception {
        assertArrayEquals(new long[] {10, 10, 10}, take(new Phase("steady", 3, 0, 0, 0), 1).ns);
        assertEquals(5, take(new Phase("steady", 3, 50, 0, 0), 1).ns.length);
        assertEquals(3, take(new Phase("steady", 3, 5, 0, 0), 1).ns.length);
    }

    @Test
    public void aPhaseWithABoundGoesOnToIt() throws Exception {
        assertEquals(9, take(new Phase("steady", 3, 0, 9, 0), 1).ns.length);
        assertEquals(20, take(new Phase("steady", 3, 0, 0, 200), 1).ns.length);
        assertEquals(7, take(new Phase("steady", 3, 500, 9, 70), 1).ns.length);
    }

    @Test
    public void noBoundBeatsTheLeastNumberOfRuns() throws Exception {
        assertEquals(8, take(new Phase("steady", 8, 0, 4, 10), 1).ns.length);
    }

    @Test
    public void oneSampleIsTheSumOverItsBatch() throws Exception {
        Samples samples = take(new Phase("steady", 2, 0, 0, 0), 16);
        assertArrayEquals(new long[] {160, 160}, samples.ns);
        assertEquals(16, samples.batch);
    }

    @Test
    public void besideASampleStandsWhatAnotherProgramsInferencesTookInIt() throws Exception {
        Samples samples = Samples.take(new Phase("steady", 2, 0, 0, 0), 4, () -> { }, () -> now += 10, () -> now / 2, () -> now);
        assertArrayEquals(new long[] {40, 40}, samples.ns);
        assertArrayEquals(new long[] {20, 20}, samples.inferenceNs);
    }

    @Test
    public void whatComesBeforeASampleIsNotTimed() throws Exception {
        Samples samples = Samples.take(new Phase("load", 2, 0, 0, 0), 1, () -> now += 1000, () -> now += 10, () -> now);
        assertArrayEquals(new long[] {10, 10}, samples.ns);
    }

    @Test
    public void aPhaseNeverHasMoreThanAMillionSamples() throws Exception {
        assertEquals(1_000_000, take(new Phase("steady", 1, 0, 0, Long.MAX_VALUE), 1).ns.length);
        assertEquals(1_000_000, take(new Phase("steady", 1, Long.MAX_VALUE, 0, 0), 1).ns.length);
    }
}
