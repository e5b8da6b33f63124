package org.pocketbench.core;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import com.eclipsesource.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** Orders carried out with the doubling engine. */
public class RunTest {
    @Rule
    public final TemporaryFolder folder = new TemporaryFolder();

    private OneOrder order(String example) throws IOException {
        return new OneOrder(folder.getRoot(), example);
    }

    private static JsonObject model() {
        return DoublingEngine.model("1x4", "1x4");
    }

    @Test
    public void eachRowsOutputStandsAtItsPlace() throws IOException {
        OneOrder order = order("outputs");
        assertTrue(order.carryOut());
        assertArrayEquals(new float[] {0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22}, order.output(), 0);
    }

    @Test
    public void aStatefulOrderResetsTheModelBeforeEachRow() throws IOException {
        OneOrder order = order("outputs").model(model().add("keeps", true)).input(1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1);
        assertTrue(order.carryOut());
        assertArrayEquals(new float[] {2, 2, 2, 2, 4, 4, 4, 4, 6, 6, 6, 6}, order.output(), 0);
        assertTrue(order.with("stateful", "true").carryOut());
        assertArrayEquals(new float[] {2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2}, order.output(), 0);
    }

    @Test
    public void nothingIsSaidBetweenTheFirstSampleAndTheLastAndTheDeviceIsLookedAtBetweenPhasesAlone() throws IOException {
        OneOrder order = order("timing").with("batch", "1");
        assertTrue(order.carryOut());
        List<String> wanted = new ArrayList<>(List.of("said", "look", "mark", "load", "set", "look"));
        for (int runs : new int[] {1, 4, 10}) {
            wanted.addAll(Collections.nCopies(runs, "invoke"));
            wanted.add("look");
        }
        wanted.addAll(List.of("heard", "executed", "said", "said", "said", "said", "said", "close", "said"));
        assertEquals(wanted, order.bench.engine.calls);
    }

    @Test
    public void howTheDeviceWasBeforeTheFirstPhaseAndAfterEachIsToldAtTheEnd() throws IOException {
        OneOrder order = order("timing");
        for (int status = 0; status < 5; status++) {
            order.bench.looks.add(new JsonObject().add("thermal_status", status));
        }
        assertTrue(order.carryOut());
        List<String> told = order.report().stream().filter(line -> line.getString("event", "").equals("conditions"))
                .map(line -> line.getString("at", "") + line.getInt("thermal_status", -1)).collect(Collectors.toList());
        assertEquals(List.of("before0", "load1", "first2", "warmup3", "steady4"), told);
        assertEquals("conditions", order.report().get(order.report().size() - 2).getString("event", ""));
    }

    @Test
    public void aDeviceThatTellsMoreThanALineMayHoldIsNotHeard() throws IOException {
        OneOrder order = order("memory");
        order.bench.looks.add(new JsonObject().add("thermal_status", "x".repeat(10_000)));
        order.bench.looks.add(new JsonObject().add("awake", true));
        assertTrue(order.carryOut());
        List<JsonObject> told = order.report().stream().filter(line -> line.getString("event", "").equals("conditions")).collect(Collectors.toList());
        assertEquals(List.of(new JsonObject().add("event", "conditions").add("at", "memory").add("awake", true)), told);
    }

    @Test
    public void aModelThatIsLoadedSeveralTimesIsClosedInBetween() throws IOException {
        OneOrder order = order("timing").with("phases", "[{\"phase\": \"load\", \"min_runs\": 3}]");
        assertTrue(order.carryOut());
        List<String> loads = order.bench.engine.calls.stream().filter(List.of("load", "close")::contains).collect(Collectors.toList());
        assertEquals(List.of("load", "close", "load", "close", "load", "close"), loads);
    }

    @Test
    public void whatWasHeardIsTheProofOfExecution() throws IOException {
        OneOrder order = order("outputs");
        order.carryOut();
        assertEquals("hand", order.report().get(1).getString("driver", ""));
        order.bench.heard = Heard.nothing();
        order.carryOut();
        assertEquals("", order.report().get(1).getString("driver", ""));
    }

    @Test
    public void anErrorIsOfTheStageWhereItHappenedAndTheModelIsClosed() throws IOException {
        String[][] cases = {{"load", "load engine-cannot-read"}, {"set", "outputs engine-error"}, {"invoke", "outputs engine-error"},
            {"get", "outputs engine-error"}, {"executed", "outputs engine-error"}};
        for (String[] each : cases) {
            OneOrder order = order("outputs").model(model().add("raises", each[0]));
            assertEquals(each[1], order.failure());
            assertEquals(!each[0].equals("load"), order.bench.engine.calls.contains("close"));
            assertEquals(IllegalArgumentException.class.equals(order.bench.failure.getClass()), each[0].equals("load"));
        }
        OneOrder timing = order("timing").model(model().add("raises", "invoke"));
        assertEquals("first engine-error", timing.failure());
        assertEquals("IllegalStateException: invoke fails", timing.end().getString("message", ""));
    }

    @Test
    public void aLibraryThatIsNotThereIsAMissingPackage() throws IOException {
        assertEquals("outputs toolchain-missing", order("outputs").model(model().add("lacks", "invoke")).failure());
    }

    @Test
    public void anotherShapeDtypeOrNameIsRefusedBeforeAnythingRuns() throws IOException {
        JsonObject named = model();
        named.get("inputs").asArray().get(0).asObject().set("name", "z");
        JsonObject typed = model();
        typed.get("outputs").asArray().get(0).asObject().set("dtype", "int8");
        JsonObject flat = DoublingEngine.model("4", "1x4");
        for (JsonObject model : List.of(DoublingEngine.model("1x5", "1x4"), flat, DoublingEngine.model("1x4", "1x3"), named, typed)) {
            OneOrder order = order("outputs").model(model);
            assertEquals(model.toString(), "check shape-mismatch", order.failure());
            assertFalse(order.bench.engine.calls.contains("set"));
        }
    }

    @Test
    public void aFreeSizeFitsAnyAndAnOutputOfAnotherSizeIsRefusedAsItComes() throws IOException {
        assertTrue(order("outputs").model(DoublingEngine.model("-1x4", "-1x-1")).carryOut());
        OneOrder less = order("outputs").model(DoublingEngine.model("1x4", "1x-1").add("come_out", 3));
        assertEquals("outputs shape-mismatch", less.failure());
        assertEquals("y came out with less bytes than [1, 4] float32 has, which the order has", less.end().getString("message", ""));
    }

    @Test
    public void tensorsAreFoundByNameWhereTheirOrderDiffers() {
        List<Tensor> found = List.of(new Tensor("a", new int[] {1}, "int8"), new Tensor("b", new int[] {2}, "int8"));
        List<TensorFile> ordered = List.of(new TensorFile("b", "0", new int[] {2}, "int8"), new TensorFile("a", "1", new int[] {1}, "int8"));
        assertArrayEquals(new int[] {1, 0}, Places.of(ordered, found, "inputs"));
    }

    @Test
    public void theMarkOfMemoryBeforeLoadIsNotAboveTheOneAtTheEnd() throws IOException {
        OneOrder order = order("memory");
        assertTrue(order.carryOut());
        JsonObject memory = order.report().get(2);
        assertTrue(0 < memory.getLong("before_load_bytes", 0));
        assertTrue(memory.getLong("before_load_bytes", 0) <= memory.getLong("peak_bytes", 0));
    }

    @Test
    public void reportAndOutputsGoElsewhereWhereTheFolderIsNotTheRunners() throws IOException {
        OneOrder order = new OneOrder(folder.newFolder("shells"), "outputs");
        order.carryOut();
        File own = folder.newFolder("own");
        Files.delete(new File(order.folder, "output0.bin").toPath());
        Files.delete(new File(order.folder, "report.jsonl").toPath());
        assertTrue(new Run(order.folder, own, new Bench()).carryOut());
        assertEquals(48, new File(own, "output0.bin").length());
        assertEquals(4, OneOrder.report(new File(own, "report.jsonl")).size());
        assertFalse(new File(order.folder, "output0.bin").exists());
    }

    @Test
    public void aReportIsAsciiWhateverTheErrorSays() throws IOException {
        OneOrder order = order("outputs").with("engine", "\"none\"").with("order", "\"größe\\n\"");
        order.carryOut();
        for (byte each : Files.readAllBytes(new File(order.folder, "report.jsonl").toPath())) {
            assertTrue(each > 0);
        }
        assertEquals("größe\n", order.report().get(0).getString("order", ""));
    }
}
