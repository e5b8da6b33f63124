package org.pocketbench.core;

import static org.junit.Assert.assertEquals;

import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.io.File;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** The examples that all runners' tests read: the app's reports differ from the other runners' in what was measured alone. */
public class GoldenExamplesTest {
    private static final Set<String> MEASURED = Set.of("pid", "clock_step_ns", "before_load_bytes", "peak_bytes", "runner", "engine_version", "driver");

    @Rule
    public final TemporaryFolder folder = new TemporaryFolder();

    @Test
    public void aTimingOrderGivesTheLinesOfTheExample() throws IOException {
        compare("timing", "1x4");
    }

    @Test
    public void aDeviceThatTellsHowItIsGivesTheLinesOfTheExample() throws IOException {
        compare("conditions", "1x4");
    }

    @Test
    public void anOrderForOutputsGivesTheLinesOfTheExample() throws IOException {
        compare("outputs", "1x4");
    }

    @Test
    public void anOrderForMemoryGivesTheLinesOfTheExample() throws IOException {
        compare("memory", "1x4");
    }

    @Test
    public void anInputOfAnotherShapeFailsInTheWordsOfTheExample() throws IOException {
        compare("failed", "1x5");
    }

    private void compare(String example, String ordered) throws IOException {
        OneOrder order = new OneOrder(folder.getRoot(), example).input(new float[3 * (ordered.charAt(2) - '0')]);
        List<JsonObject> wanted = OneOrder.report(new File(OneOrder.examples(), example + ".report.jsonl"));
        order.bench.looksOf(wanted);
        order.carryOut();
        List<JsonObject> found = order.report();
        assertEquals(wanted.size(), found.size());
        for (int i = 0; i < wanted.size(); i++) {
            assertEquals(new TreeSet<>(wanted.get(i).names()), new TreeSet<>(found.get(i).names()));
            for (JsonObject.Member member : wanted.get(i)) {
                compare(member.getName(), member.getValue(), found.get(i).get(member.getName()));
            }
        }
    }

    private static void compare(String name, JsonValue wanted, JsonValue found) {
        if (name.equals("ns")) {
            assertEquals(wanted.asArray().size(), found.asArray().size());
            found.asArray().forEach(sample -> Long.parseLong(sample.toString()));
        } else if (MEASURED.contains(name)) {
            assertEquals(wanted.isNumber(), found.isNumber());
        } else {
            assertEquals(wanted, found);
        }
    }
}
