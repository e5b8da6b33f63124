package org.pocketbench.app;

import static org.junit.Assert.assertEquals;

import java.util.List;
import org.junit.Test;

/** What counts as heard of a log: an accelerator that no line tells of took no part, but only where the log tells at all. */
public class LogcatTest {
    private static final String MARK = "I pocketbench: load 2 of process 7";

    @Test
    public void whatComesBeforeTheLastMarkIsOfAnotherLoad() {
        List<String> log = List.of("--------- beginning of main", "I pocketbench: load 1 of process 7", "I tflite: one", MARK, "I tflite: two");
        assertEquals(List.of(MARK, "I tflite: two"), Logcat.since("load 2 of process 7", log).lines);
        assertEquals(List.of(MARK), Logcat.since("load 2 of process 7", log.subList(0, 4)).lines);
    }

    @Test
    public void aLogWithoutTheMarkTellsNothing() {
        List<String> switchedOff = List.of("--------- beginning of main", "logcat: Unexpected EOF!");
        assertEquals(List.of(), Logcat.since("load 2 of process 7", switchedOff).lines);
        assertEquals(List.of(), Logcat.since(null, switchedOff).lines);
    }
}
