package org.pocketbench.core;

import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** A model of the {@link DoublingEngine}, loaded. */
final class DoublingModel implements Loaded {
    private final JsonObject text;
    private final List<String> calls;
    private final List<float[]> in = new ArrayList<>();
    private final List<float[]> out = new ArrayList<>();

    DoublingModel(JsonObject text, List<String> calls) {
        this.text = text;
        this.calls = calls;
        inputs().forEach(tensor -> in.add(new float[0]));
        outputs().forEach(tensor -> out.add(new float[0]));
    }

    @Override
    public List<Tensor> inputs() {
        return tensors("inputs");
    }

    @Override
    public List<Tensor> outputs() {
        return tensors("outputs");
    }

    @Override
    public void set(int index, ByteBuffer row) {
        called("set");
        float[] values = new float[row.remaining() / Float.BYTES];
        row.asFloatBuffer().get(values);
        in.set(index, values);
    }

    @Override
    public void invoke() {
        called("invoke");
        for (int i = 0; i < out.size(); i++) {
            float[] given = in.get(i);
            float[] last = out.get(i);
            float[] values = new float[text.getInt("come_out", given.length)];
            for (int j = 0; j < values.length; j++) {
                values[j] = 2 * given[j] + (text.getBoolean("keeps", false) && j < last.length ? last[j] : 0);
            }
            out.set(i, values);
        }
    }

    @Override
    public void get(int index, ByteBuffer row) {
        called("get");
        row.asFloatBuffer().put(out.get(index));
        row.position(row.position() + out.get(index).length * Float.BYTES);
    }

    @Override
    public void reset() {
        called("reset");
        out.replaceAll(values -> new float[values.length]);
    }

    @Override
    public Executed executed(Heard heard) {
        called("executed");
        return new Executed("cpu", heard.says("doubled by hand") ? "hand" : "", Executed.Execution.FULL, 1L, 1L);
    }

    @Override
    public void close() {
        calls.add("close");
    }

    private void called(String name) {
        calls.add(name);
        if (text.getString("raises", "").equals(name)) {
            throw new IllegalStateException(name + " fails");
        }
        if (text.getString("lacks", "").equals(name)) {
            throw new UnsatisfiedLinkError("no libdouble.so");
        }
    }

    private List<Tensor> tensors(String key) {
        List<Tensor> found = new ArrayList<>();
        for (JsonValue value : text.get(key).asArray()) {
            JsonArray sizes = value.asObject().get("shape").asArray();
            int[] shape = new int[sizes.size()];
            for (int i = 0; i < shape.length; i++) {
                shape[i] = sizes.get(i).asInt();
            }
            found.add(new Tensor(value.asObject().getString("name", ""), shape, value.asObject().getString("dtype", "")));
        }
        return found;
    }
}
