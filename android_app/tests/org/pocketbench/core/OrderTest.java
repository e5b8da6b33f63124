package org.pocketbench.core;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.File;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** Orders that are not of the protocol, or leave their folder, are refused before an engine is opened; the hello is said in any case. */
public class OrderTest {
    @Rule
    public final TemporaryFolder folder = new TemporaryFolder();

    private String failure(String key, String json) throws IOException {
        return new OneOrder(folder.getRoot(), "timing").with(key, json).failure();
    }

    @Test
    public void anotherProtocolsNumberIsRefusedAndTheOrderIsStillNamed() throws IOException {
        OneOrder order = new OneOrder(folder.getRoot(), "timing").with("protocol", "2");
        assertEquals("open protocol", order.failure());
        assertEquals("the order is of protocol 2, this runner speaks 1", order.end().getString("message", ""));
        assertEquals("example-timing", order.report().get(0).getString("order", ""));
        assertTrue(order.bench.engine.calls.stream().noneMatch("load"::equals));
    }

    @Test
    public void fieldsOfAnotherTypeAreRefused() throws IOException {
        String[][] wrong = {{"rows", "1.0"}, {"rows", "\"1\""}, {"rows", "99999999999"}, {"rows", "0"}, {"threads", "null"},
            {"stateful", "1"}, {"options", "[]"},
            {"options", "{\"xnnpack\": 1}"}, {"inputs", "{}"}, {"inputs", "[7]"},
            {"outputs", "[{\"name\": \"y\"}]"}, {"kind", "\"dance\""}, {"batch", "0"},
            {"batch", "1000001"}, {"serve", "\"socket\""}, {"phases", "{}"}, {"phases", "[1]"}, {"model", "7"}, {"order", "[]"}};
        for (String[] each : wrong) {
            assertEquals(each[0] + " " + each[1], "open protocol", failure(each[0], each[1]));
        }
    }

    @Test
    public void phasesThatCannotBeKeptAreRefused() throws IOException {
        String[] wrong = {"[]", "[{\"phase\": \"first\"}]", "[{\"phase\": \"load\"}, {\"phase\": \"load\"}]", "[{\"phase\": \"load\"}, {\"phase\": \"dance\"}]",
            "[{\"phase\": \"load\", \"min_runs\": 0}]", "[{\"phase\": \"load\", \"min_runs\": 1000001}]", "[{\"phase\": \"load\", \"max_ns\": -1}]",
            "[{\"phase\": \"load\", \"min_ns\": 1.5}]", "[{\"phase\": \"load\", \"min_ns\": 99999999999999999999}]"};
        for (String each : wrong) {
            assertEquals(each, "open protocol", failure("phases", each));
        }
    }

    @Test
    public void filesOutsideTheFolderAreRefused() throws IOException {
        File outside = folder.newFolder("outside");
        File inside = folder.newFolder("inside");
        Files.createSymbolicLink(new File(inside, "link").toPath(), outside.toPath());
        String[] names = {"../outside/m", "/etc/passwd", "", ".", "link/m", "a/../../outside/m", "a\\u0000b", "order.json", "report.jsonl", "input0.bin"};
        for (String name : names) {
            OneOrder order = new OneOrder(inside, "timing").with("model", "\"" + name + "\"");
            assertEquals(name, "open protocol", order.failure());
        }
    }

    @Test
    public void anInputWithOtherBytesThanItsRowsIsRefused() throws IOException {
        OneOrder order = new OneOrder(folder.getRoot(), "outputs").input(1, 2, 3);
        assertEquals("open shape-mismatch", order.failure());
        assertEquals("input0.bin holds 12 bytes, 3 rows of [1, 4] float32 are 48", order.end().getString("message", ""));
    }

    @Test
    public void sizesThatAreNoneOrTooLargeAreRefused() throws IOException {
        for (String shape : new String[] {"[0, 4]", "[-1, 4]", "[1.5]", "[3000000000]", "[2000000000, 2000000000, 2000000000]"}) {
            String input = "[{\"name\": \"x\", \"file\": \"input0.bin\", \"shape\": " + shape + ", \"dtype\": \"float32\"}]";
            assertEquals(shape, "open shape-mismatch", failure("inputs", input));
        }
    }

    @Test
    public void whatIsNoOrderIsRefusedAndAHelloIsSaidAllTheSame() throws IOException {
        for (String text : new String[] {"[]", "{", "\u00ff\u00fe", "", "[".repeat(100_000)}) {
            OneOrder order = new OneOrder(folder.getRoot(), "timing");
            order.write(text.getBytes(StandardCharsets.ISO_8859_1));
            assertFalse(new Run(order.folder, order.folder, order.bench).carryOut());
            assertEquals("hello", order.report().get(0).getString("event", ""));
            assertEquals("protocol", order.end().getString("reason", ""));
        }
    }

    @Test
    public void anOrderOfMoreThan16MiBIsNotRead() throws IOException {
        OneOrder order = new OneOrder(folder.getRoot(), "timing");
        try (RandomAccessFile file = new RandomAccessFile(new File(order.folder, "order.json"), "rw")) {
            file.setLength(OrderFile.MAX_BYTES + 1);
        }
        assertFalse(new Run(order.folder, order.folder, order.bench).carryOut());
        assertEquals("order.json has more than 16777216 bytes", order.end().getString("message", ""));
    }

    @Test
    public void anOrderToServeIsRefused() throws IOException {
        OneOrder order = new OneOrder(folder.getRoot(), "serve");
        assertEquals("open protocol", order.failure());
        assertEquals("app is no service", order.end().getString("message", ""));
    }

    @Test
    public void anEngineThatIsNotInTheAppIsMissing() throws IOException {
        assertEquals("open toolchain-missing", failure("engine", "\"none\""));
    }

    @Test
    public void anAcceleratorThatTheEngineDoesNotHaveIsAbsent() throws IOException {
        OneOrder order = new OneOrder(folder.getRoot(), "timing").with("accelerator", "\"gpu\"");
        assertEquals("open accelerator-absent", order.failure());
        assertEquals("litert runs on cpu here, not on gpu", order.end().getString("message", ""));
    }
}
