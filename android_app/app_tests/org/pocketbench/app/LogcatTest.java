package org.pocketbench.app;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.util.List;
import org.junit.Test;
import org.pocketbench.core.Heard;

/** What counts as heard of a log: an accelerator that no line tells of took no part, but only where the log tells at all. */
public class LogcatTest {
    private static final String FIRST = "load 1 of process 7";
    private static final String SECOND = "load 2 of process 7";
    private static final String MARK = "I pocketbench: load 2 of process 7";

    @Test
    public void whatComesBeforeTheLastMarkIsOfAnotherLoad() {
        List<String> log = List.of("--------- beginning of main", "I pocketbench: load 1 of process 7", "I tflite: one", MARK, "I tflite: two");
        assertEquals(List.of(MARK, "I tflite: two"), Logcat.since(FIRST, SECOND, log).lines);
        assertEquals(List.of(MARK), Logcat.since(FIRST, SECOND, log.subList(0, 4)).lines);
    }

    @Test
    public void whatIsSaidOnceInAProcessIsFoundAfterALaterLoadToo() {
        List<String> log = List.of("I tflite: of another process", "I pocketbench: load 1 of process 7", "I tflite: one", MARK, "I tflite: two");
        Heard heard = Logcat.since(FIRST, SECOND, log);
        assertTrue(heard.everSaid("one") && heard.everSaid("two"));
        assertFalse(heard.says("one") || heard.everSaid("of another process"));
        assertFalse(Logcat.since(FIRST, SECOND, log.subList(2, 5)).everSaid("one"));
    }

    @Test
    public void aLogWithoutTheMarkTellsNothing() {
        List<String> switchedOff = List.of("--------- beginning of main", "logcat: Unexpected EOF!");
        assertEquals(List.of(), Logcat.since(FIRST, SECOND, switchedOff).lines);
        assertEquals(List.of(), Logcat.since(null, null, switchedOff).lines);
    }
}
