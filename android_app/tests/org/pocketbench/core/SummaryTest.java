package org.pocketbench.core;

import static org.junit.Assert.assertEquals;

import org.junit.Test;

/** What a person reads of a report. */
public class SummaryTest {
    @Test
    public void aTimingReportIsItsEngineAndTheMiddleSampleOfEachPhase() {
        Summary summary = new Summary();
        summary.add("{\"event\": \"hello\", \"engine\": \"tflite\", \"engine_version\": \"2.16.1\"}");
        summary.add("{\"event\": \"executed\", \"executed_on\": \"cpu\", \"driver\": \"xnnpack\", \"execution\": \"full\", \"delegated\": null}");
        summary.add("{\"event\": \"samples\", \"phase\": \"warmup\", \"ns\": [9], \"batch\": 1}");
        summary.add("{\"event\": \"samples\", \"phase\": \"steady\", \"ns\": [4000000, 2000000, 6000000], \"batch\": 2}");
        summary.add("{\"event\": \"done\"}");
        assertEquals("tflite 2.16.1 on cpu (xnnpack full), steady 2.000 ms", summary.toString());
    }

    @Test
    public void aFailureIsItsReasonAndItsWords() {
        Summary summary = new Summary();
        summary.add("{\"event\": \"hello\", \"engine\": \"tflite\", \"engine_version\": \"2.16.1\"}");
        summary.add("{\"event\": \"failed\", \"stage\": \"load\", \"reason\": \"engine-cannot-read\", \"message\": \"no model\"}");
        assertEquals("tflite 2.16.1, failed (engine-cannot-read): no model", summary.toString());
    }
}
