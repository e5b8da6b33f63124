package org.pocketbench.core;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import com.eclipsesource.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** A page reads what the order names and writes what it asks for, and nothing else. */
public class PageOrderTest {
    @Rule
    public final TemporaryFolder folder = new TemporaryFolder();
    private final List<String> told = new ArrayList<>();
    private File root;
    private int looks;

    @Before
    public void write() throws IOException {
        root = folder.getRoot();
        OneOrder order = new OneOrder(root, "outputs").with("engine", "\"tfjs\"").with("model", "\"model\"").with("rows", "3");
        order.write(order.order.toString().getBytes(StandardCharsets.UTF_8));
        Files.createDirectory(new File(root, "model").toPath());
        Files.write(new File(root, "model/model.json").toPath(), new byte[] {1});
        Files.write(new File(root, "secret").toPath(), new byte[] {1});
    }

    private PageOrder opened() throws IOException {
        PageOrder order = new PageOrder(root, root, told::add, () -> new JsonObject().add("n", looks++));
        order.open();
        return order;
    }

    private String report() throws IOException {
        return new String(Files.readAllBytes(new File(root, "report.jsonl").toPath()), StandardCharsets.UTF_8);
    }

    @Test
    public void theDeviceIsLookedAtAsThePagesPhasesBeginAndOnceTheLastIsOver() throws Exception {
        OneOrder timing = new OneOrder(root, "timing").with("engine", "\"tfjs\"").with("model", "\"model\"");
        Files.write(new File(root, "order.json").toPath(), timing.order.toString().getBytes(StandardCharsets.UTF_8));
        try (PageOrder order = opened()) {
            order.report("{\"event\":\"hello\"}\n");
            for (String phase : List.of("load", "first", "steady")) {
                order.stage(phase);
            }
            assertEquals(3, looks);
            order.report("{\"event\":\"executed\"}\n{\"event\":\"done\"}\n");
            order.stage("steady");
        }
        String[] at = {"before", "load", "first", "steady"};
        StringBuilder wanted = new StringBuilder("{\"event\":\"hello\"}\n{\"event\":\"executed\"}\n");
        for (int i = 0; i < at.length; i++) {
            wanted.append("{\"event\":\"conditions\",\"at\":\"").append(at[i]).append("\",\"n\":").append(i).append("}\n");
        }
        assertEquals(wanted + "{\"event\":\"done\"}\n", report());
    }

    @Test
    public void aPageThatBeginsStageAfterStageIsLookedAtNoMoreThanAnOrderHasPhases() throws Exception {
        OneOrder timing = new OneOrder(root, "timing").with("engine", "\"tfjs\"").with("model", "\"model\"");
        Files.write(new File(root, "order.json").toPath(), timing.order.toString().getBytes(StandardCharsets.UTF_8));
        try (PageOrder order = opened()) {
            for (int i = 0; i < 100; i++) {
                order.stage(i % 2 == 0 ? "load" : "sing");
            }
        }
        assertEquals(8, looks);
    }

    @Test
    public void anOrderOfItsEngineIsOneForAPage() throws IOException {
        assertTrue(PageOrder.isIn(root));
        Files.write(new File(root, "order.json").toPath(), "{\"engine\": \"tflite\"}".getBytes(StandardCharsets.UTF_8));
        assertFalse(PageOrder.isIn(root));
        Files.write(new File(root, "order.json").toPath(), "no order".getBytes(StandardCharsets.UTF_8));
        assertFalse(PageOrder.isIn(root));
    }

    @Test
    public void filesThatTheOrderNamesAreReadAndNoOthers() throws IOException {
        Files.createSymbolicLink(new File(root, "model/link").toPath(), new File(root, "secret").toPath());
        try (PageOrder order = opened()) {
            for (String name : List.of("order.json", "input0.bin", "model/model.json")) {
                assertNotNull(name, order.file(name));
            }
            for (String name : List.of("secret", "report.jsonl", "output0.bin", "model", "model/", "model/link", "model/../secret", "model/none", "", "/etc/passwd")) {
                assertNull(name, order.file(name));
            }
        }
    }

    @Test
    public void aReportInPiecesIsWrittenInWholeLinesOfAscii() throws Exception {
        try (PageOrder order = opened()) {
            order.report("{\"event\": \"hello\", \"w\": \"");
            assertEquals("", report());
            order.report("ä\"}\n{\"event\": \"done\"}\n{\"event\": \"late\"}\n");
            order.await();
            assertTrue(order.isDone());
            assertEquals("{\"event\": \"hello\", \"w\": \"\\u00e4\"}\n{\"event\": \"done\"}\n", report());
            assertEquals(2, told.size());
        }
    }

    @Test
    public void outputsAreNoLargerThanOrdered() throws IOException {
        byte[] row = new byte[16];
        try (PageOrder order = opened()) {
            for (int i = 0; i < 3; i++) {
                order.output("output0.bin", row);
            }
            assertThrows(Refused.class, () -> order.output("output0.bin", new byte[1]));
            assertThrows(Refused.class, () -> order.output("secret", row));
            assertThrows(Refused.class, () -> order.output("../output0.bin", row));
        }
        assertArrayEquals(new byte[48], Files.readAllBytes(new File(root, "output0.bin").toPath()));
    }

    @Test
    public void aLineThatIsTooLongIsRefused() throws IOException {
        String piece = "x".repeat(8 * 1024 * 1024);
        try (PageOrder order = opened()) {
            for (int i = 0; i < PageOrder.MAX_LINE / piece.length(); i++) {
                order.report(piece);
            }
            assertThrows(Refused.class, () -> order.report("x"));
        }
    }

    @Test
    public void whatEndsAnOrderBeforeThePageHasIsSaidOnceWithAHello() throws IOException {
        try (PageOrder order = opened()) {
            order.failed(new Refused("crashed", "the page's process crashed"));
            order.failed(new Refused("protocol", "again"));
            order.report("{\"event\": \"done\"}\n");
            assertFalse(order.isDone());
        }
        List<com.eclipsesource.json.JsonObject> lines = OneOrder.report(new File(root, "report.jsonl"));
        assertEquals("hello", lines.get(0).getString("event", ""));
        assertEquals("app", lines.get(0).getString("runner", ""));
        assertEquals("crashed", lines.get(1).getString("reason", ""));
        assertEquals(2, lines.size());
    }
}
