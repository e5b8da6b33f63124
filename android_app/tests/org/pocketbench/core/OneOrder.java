package org.pocketbench.core;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** One order in a folder, made of a golden example's, and carried out by the app's runner. */
final class OneOrder {
    final Bench bench = new Bench();
    final File folder;
    final JsonObject order;
    private JsonObject model;

    OneOrder(File folder, String example) throws IOException {
        this.folder = folder;
        order = Json.parse(text(new File(examples(), example + ".order.json"))).asObject();
        model = DoublingEngine.model("1x4", "1x4");
        with("outputs", "[{\"name\": \"y\", \"file\": \"output0.bin\", \"shape\": [1, 4], \"dtype\": \"float32\"}]");
        float[] values = new float[12];
        for (int i = 0; i < values.length; i++) {
            values[i] = i;
        }
        input(values);
    }

    /** Each folder given holds an order of somebody else's for the {@link DoublingEngine}: carry it out. {@code @FILE} is a file of folders, a line each. */
    public static void main(String[] words) throws IOException {
        List<String> folders = new ArrayList<>();
        for (String word : words) {
            folders.addAll(word.startsWith("@") ? Files.readAllLines(new File(word.substring(1)).toPath()) : List.of(word));
        }
        for (String folder : folders) {
            new Run(new File(folder), new File(folder), new Bench()).carryOut();
        }
    }

    static File examples() {
        return new File(System.getProperty("pocketbench.examples"));
    }

    static List<JsonObject> report(File file) throws IOException {
        List<JsonObject> lines = new ArrayList<>();
        for (String line : text(file).split("\n")) {
            lines.add(Json.parse(line).asObject());
        }
        return lines;
    }

    OneOrder with(String key, String json) {
        order.set(key, Json.parse(json));
        return this;
    }

    OneOrder model(JsonObject other) {
        model = other;
        return this;
    }

    OneOrder input(float... values) throws IOException {
        Files.write(new File(folder, "input0.bin").toPath(), bytes(values));
        return this;
    }

    boolean carryOut() throws IOException {
        write(order.toString().getBytes(StandardCharsets.UTF_8));
        return new Run(folder, folder, bench).carryOut();
    }

    void write(byte[] text) throws IOException {
        Files.write(new File(folder, "order.json").toPath(), text);
        Files.write(new File(folder, "model.tflite").toPath(), model.toString().getBytes(StandardCharsets.UTF_8));
    }

    List<JsonObject> report() throws IOException {
        return report(new File(folder, "report.jsonl"));
    }

    JsonObject end() throws IOException {
        return report().get(report().size() - 1);
    }

    /** Stage and reason of an order that must fail. */
    String failure() throws IOException {
        return carryOut() ? "done" : end().getString("stage", "") + " " + end().getString("reason", "");
    }

    float[] output() throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(new File(folder, "output0.bin").toPath())).order(ByteOrder.LITTLE_ENDIAN);
        float[] values = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(values);
        return values;
    }

    private static byte[] bytes(float... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(values);
        return bytes.array();
    }

    private static String text(File file) throws IOException {
        return new String(Files.readAllBytes(file.toPath()), StandardCharsets.UTF_8);
    }
}
