package org.pocketbench.core;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import java.io.Closeable;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.function.Consumer;

/** {@code report.jsonl}: a line an event, in ASCII, flushed as it is said, and told to whoever listens. */
final class Report implements Closeable {
    private final OutputStream file;
    private final Consumer<String> told;

    Report(File folder, Consumer<String> told) throws IOException {
        file = new FileOutputStream(new File(folder, Protocol.REPORT));
        this.told = told;
    }

    void hello(String order, String engine, String version) throws IOException {
        line(event("hello").add("protocol", Protocol.NUMBER).add("runner", Protocol.RUNNER).add("engine_version", version)
                .add("pid", pid()).add("clock_step_ns", Clock.step()).add("order", order).add("engine", engine));
    }

    void executed(Executed executed) throws IOException {
        line(event("executed").add("executed_on", executed.executedOn).add("driver", executed.driver)
                .add("execution", executed.execution.name().toLowerCase(Locale.ROOT))
                .add("delegated", executed.delegated == null ? Json.NULL : Json.value(executed.delegated))
                .add("operations", executed.operations == null ? Json.NULL : Json.value(executed.operations)));
    }

    /** Written without an object for each number: a phase may have a million. */
    void samples(Samples samples) throws IOException {
        StringBuilder text = new StringBuilder(event("samples").add("phase", samples.phase).add("batch", samples.batch).toString());
        text.setCharAt(text.length() - 1, ',');
        numbers(text, "ns", samples.ns);
        if (samples.inferenceNs != null) {
            numbers(text.append(','), "inference_ns", samples.inferenceNs);
        }
        line(text.append('}').toString());
    }

    private static void numbers(StringBuilder text, String name, long[] numbers) {
        text.append('"').append(name).append("\":[");
        for (int i = 0; i < numbers.length; i++) {
            text.append(i == 0 ? "" : ",").append(numbers[i]);
        }
        text.append(']');
    }

    void outputs(int rows) throws IOException {
        line(event("outputs").add("rows", rows));
    }

    void memory(long beforeLoad, long peak) throws IOException {
        line(event("memory").add("before_load_bytes", beforeLoad).add("peak_bytes", peak));
    }

    /** One of {@link Looks}. */
    void conditions(JsonObject look) throws IOException {
        line(look);
    }

    /** A line that somebody else has made. */
    void passed(String line) throws IOException {
        line(ascii(line));
    }

    void done() throws IOException {
        line(event("done"));
    }

    void failed(String stage, String reason, String message) throws IOException {
        line(event("failed").add("stage", stage).add("reason", reason).add("message", message));
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private void line(JsonObject event) throws IOException {
        line(ascii(event.toString()));
    }

    private void line(String text) throws IOException {
        file.write((text + "\n").getBytes(StandardCharsets.US_ASCII));
        told.accept(text);
    }

    private static JsonObject event(String name) {
        return new JsonObject().add("event", name);
    }

    /** JSON keeps its meaning: what is not ASCII stands only inside its strings. */
    private static String ascii(String json) {
        StringBuilder text = new StringBuilder(json.length());
        for (char one : json.toCharArray()) {
            text.append(one < 0x7f ? String.valueOf(one) : String.format(Locale.ROOT, "\\u%04x", (int) one));
        }
        return text.toString();
    }

    /** Linux' own answer, for Java has none that both Android and a JVM know. */
    private static long pid() throws IOException {
        try {
            return Long.parseLong(new File("/proc/self").getCanonicalFile().getName());
        } catch (NumberFormatException shownToNobody) {
            return 0;
        }
    }
}
