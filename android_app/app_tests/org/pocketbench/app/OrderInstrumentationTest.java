package org.pocketbench.app;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;

import android.content.Context;
import android.content.Intent;
import android.os.Bundle;
import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.List;
import org.junit.After;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.Shadows;

/** The computer's door, up to where an engine would be needed. */
@RunWith(RobolectricTestRunner.class)
public class OrderInstrumentationTest {
    private final Context context = RuntimeEnvironment.getApplication();

    @After
    public void nothingIsInFront() {
        Screen.setInFront(false);
    }

    /** A folder with an order that no APK has an engine for. */
    private File order(String id) throws IOException {
        File folder = new File(context.getExternalFilesDir(null), "orders/" + id);
        Files.createDirectories(folder.toPath());
        Files.write(new File(folder, "input0.bin").toPath(), new byte[4]);
        Files.write(new File(folder, "order.json").toPath(), ("{\"protocol\": 1, \"order\": \"" + id + "\", \"kind\": \"outputs\", \"engine\": \"abacus\","
                + "\"model\": \"m\", \"accelerator\": \"cpu\", \"threads\": 1, \"options\": {}, \"rows\": 1, \"outputs\": [],"
                + "\"inputs\": [{\"name\": \"x\", \"file\": \"input0.bin\", \"shape\": [1], \"dtype\": \"float32\"}]}").getBytes(StandardCharsets.UTF_8));
        return folder;
    }

    private static Bundle arguments(String... words) {
        Bundle bundle = new Bundle();
        for (int i = 0; i < words.length; i += 2) {
            bundle.putString(words[i], words[i + 1]);
        }
        return bundle;
    }

    @Test
    public void anOrderThatFailsIsReportedInItsFolderAndTheEndSaysSo() throws Exception {
        File folder = order("a-1");
        Told told = Told.of(arguments("order", "a-1", "front", "off"));
        assertEquals(-1, told.code);
        assertNull(told.result.getString("message"));
        assertEquals("failed", told.result.getString("pocketbench"));
        List<String> report = Files.readAllLines(new File(folder, "report.jsonl").toPath());
        JsonObject end = Json.parse(report.get(report.size() - 1)).asObject();
        assertEquals("toolchain-missing", end.getString("reason", ""));
        assertTrue(end.getString("message", "").startsWith("this app has no engine 'abacus'; it has "));
        assertEquals("a-1: abacus , failed (toolchain-missing): " + end.getString("message", ""), new LastResults(context).lines().get(0));
    }

    @Test
    public void theAppComesInFrontUnlessItIsToldNotTo() throws Exception {
        order("a-3");
        Screen.setInFront(true);
        Told.of(arguments("order", "a-3"));
        Intent started = Shadows.shadowOf(RuntimeEnvironment.getApplication()).getNextStartedActivity();
        assertEquals(MainActivity.class.getName(), started.getComponent().getClassName());
    }

    @Test
    public void whatIsNoOrderOfThisAppIsRefusedBeforeAnyFileIsOpened() throws Exception {
        String[][] wrong = {{"order", "../a"}, {"order", "A"}, {}, {"order", "not-there"}, {"order", "a", "folder", "/etc"},
            {"order", "a", "folder", "/data/local/tmp/pocketbench/../../../../etc"}};
        for (String[] each : wrong) {
            Told told = Told.of(arguments(each));
            assertEquals("failed", told.result.getString("pocketbench"));
            assertFalse(told.result.getString("message").isEmpty());
        }
        assertFalse(new File(context.getExternalFilesDir(null), "a").exists());
    }

    @Test
    public void conditionsAreWhatThePhoneTells() {
        JsonObject now = Conditions.now(context);
        assertFalse(now.getBoolean("in_front", true));
        assertTrue(now.names().containsAll(List.of("thermal_status", "power_save", "low_memory", "debuggable", "cpu_khz", "cpu_top_khz")));
    }
}
