package org.pocketbench.core;

import java.io.Closeable;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.LongSupplier;

/** A model that is loaded and can be run. Closed after any exception. */
public interface Loaded extends Closeable {
    /** The model's inputs as its file has them, in the model's order; a file without names or shapes gives the order's. */
    List<Tensor> inputs() throws Exception;

    /** The model's outputs, as {@link #inputs()}. */
    List<Tensor> outputs() throws Exception;

    /** Copies one row of one input: all that {@code row}, a direct buffer in native order, has left. */
    void set(int index, ByteBuffer row) throws Exception;

    /** One inference and nothing else; returns when the outputs are there. Timed. */
    void invoke() throws Exception;

    /**
     * Puts one output of the last inference into {@code row}, a direct buffer in native order, at its position, which then stands behind it.
     * An output of another size than {@code row} has left is refused ({@code shape-mismatch}).
     */
    void get(int index, ByteBuffer row) throws Exception;

    /**
     * Of a model that another program computes: nanoseconds that its inferences took by that program's own clock, all together since it was
     * loaded here. Null where the inferences are this process's own.
     */
    default LongSupplier inference() {
        return null;
    }

    /** Brings the model's state back to its beginning. */
    void reset() throws Exception;

    /** What can be shown of where it executed, not what was asked for. {@code heard}: what this process logged while the model was loaded. */
    Executed executed(Heard heard) throws Exception;

    /** Lets go of everything; may be called at any time, more than once. */
    @Override
    void close();
}
