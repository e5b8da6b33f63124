package org.pocketbench.core;

import java.io.Closeable;
import java.io.File;
import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.util.function.LongSupplier;

/** An order's model in its engine: loaded, held against the order, fed and asked. */
final class Model implements Closeable {
    private final Engine engine;
    private final Order order;
    private final File file;
    private Loaded loaded;
    private int[] inputs;
    private int[] outputs;

    Model(Engine engine, Order order, File file) {
        this.engine = engine;
        this.order = order;
        this.file = file;
    }

    void load() throws Exception {
        loaded = engine.load(order, file);
    }

    /** Holds the model's inputs and outputs against the order's: some runtimes resize without a word and run. Throws Refused. */
    void check() throws Exception {
        inputs = Places.of(order.inputs, loaded.inputs(), "inputs");
        outputs = Places.of(order.outputs, loaded.outputs(), "outputs");
    }

    /** Sets one row, resetting the model's state first where it has one. */
    void feed(ByteBuffer[] row) throws Exception {
        if (order.stateful) {
            loaded.reset();
        }
        for (int i = 0; i < row.length; i++) {
            row[i].rewind();
            loaded.set(inputs[i], row[i]);
        }
    }

    /** The call that is timed; of the model that is loaded now. */
    Call invoke() {
        return loaded::invoke;
    }

    /** What another program that computes says its inferences took, as {@link Loaded#inference()}; of the model that is loaded now. */
    LongSupplier inference() {
        return loaded.inference();
    }

    /** Takes the outputs of the last inference, ready to be read. */
    void take(ByteBuffer[] row) throws Exception {
        for (int i = 0; i < row.length; i++) {
            row[i].clear();
            try {
                loaded.get(outputs[i], row[i]);
            } catch (BufferOverflowException error) {
                throw otherSize(i, "more", error);
            }
            if (row[i].hasRemaining()) {
                throw otherSize(i, "less", null);
            }
            row[i].flip();
        }
    }

    Executed executed(Heard heard) throws Exception {
        return loaded.executed(heard);
    }

    @Override
    public void close() {
        Loaded last = loaded;
        loaded = null;
        if (last != null) {
            last.close();
        }
    }

    private Refused otherSize(int index, String how, Throwable cause) {
        TensorFile tensor = order.outputs.get(index);
        return new Refused("shape-mismatch", tensor.name + " came out with " + how + " bytes than " + tensor + " has, which the order has", cause);
    }
}
