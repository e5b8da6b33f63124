package org.pocketbench.core;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/**
 * An engine whose models are JSON: each output is the input of its place, doubled, as float32. {@code keeps} adds what came out before, and
 * {@code raises} names the call that fails. What is called is written down.
 */
final class DoublingEngine implements Engine {
    final List<String> calls = new ArrayList<>();

    @Override
    public String version() {
        return "2.0";
    }

    @Override
    public List<String> accelerators() {
        return List.of("cpu");
    }

    @Override
    public Loaded load(Order order, File model) throws IOException {
        calls.add("load");
        JsonObject text = Json.parse(new String(Files.readAllBytes(model.toPath()), StandardCharsets.UTF_8)).asObject();
        if (text.getString("raises", "").equals("load")) {
            throw new IllegalArgumentException("this model cannot be loaded");
        }
        return new DoublingModel(text, calls);
    }

    /** A model's text; a shape's sizes are separated by {@code x}, -1 is a free one. */
    static JsonObject model(String input, String output) {
        return new JsonObject().add("inputs", tensors("x", input)).add("outputs", tensors("y", output));
    }

    private static JsonArray tensors(String name, String shape) {
        JsonArray sizes = new JsonArray();
        for (String size : shape.split("x")) {
            sizes.add(Integer.parseInt(size));
        }
        return new JsonArray().add(new JsonObject().add("name", name).add("shape", sizes).add("dtype", "float32"));
    }
}
