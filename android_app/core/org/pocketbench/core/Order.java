package org.pocketbench.core;

import java.util.List;
import java.util.Map;

/** What one process is to do: {@code kind} is timing, outputs, memory or serve. Its fields are those of {@code protocol/order.schema.json}. */
public final class Order {
    public final String order;
    public final String kind;
    public final String engine;
    public final String model;
    public final String accelerator;
    public final int threads;
    public final Map<String, String> options;
    public final int rows;
    public final List<TensorFile> inputs;
    public final List<TensorFile> outputs;
    public final List<Phase> phases;
    public final int batch;
    public final boolean stateful;
    public final String serve;

    /** Takes every field from a reader that has checked the order's form. */
    Order(OrderFields from) {
        order = from.text("order");
        kind = from.text("kind");
        engine = from.text("engine");
        model = from.text("model");
        accelerator = from.text("accelerator");
        threads = from.integer("threads");
        options = from.texts("options");
        rows = from.integer("rows");
        inputs = from.tensors("inputs");
        outputs = from.tensors("outputs");
        phases = from.phases();
        batch = from.integer("batch");
        stateful = from.truth("stateful");
        serve = from.text("serve");
    }

    /** The option of that name, or what stands for it where the order has none. */
    public String option(String name, String otherwise) {
        return options.getOrDefault(name, otherwise);
    }
}
