package org.pocketbench.app.engines;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.pocketbench.core.Executed;
import org.pocketbench.core.Heard;
import org.pocketbench.core.Loaded;
import org.pocketbench.core.Order;
import org.pocketbench.core.Refused;
import org.pocketbench.core.Tensor;
import org.pocketbench.core.TensorFile;
import org.tensorflow.lite.Interpreter;

/** A model in TensorFlow Lite's interpreter. */
final class TfliteModel implements Loaded {
    private static final Map<Integer, Object> NO_OUTPUTS = Map.of();

    private final Order order;
    private final File file;
    private final TfliteDelegates delegates;
    private Interpreter interpreter;
    private ByteBuffer[] row;

    TfliteModel(Order order, File file) {
        this.order = order;
        this.file = file;
        delegates = new TfliteDelegates(order);
        open();
    }

    @Override
    public List<Tensor> inputs() {
        List<Tensor> found = new ArrayList<>();
        for (int i = 0; i < interpreter.getInputTensorCount(); i++) {
            found.add(described(interpreter.getInputTensor(i)));
        }
        return found;
    }

    @Override
    public List<Tensor> outputs() {
        List<Tensor> found = new ArrayList<>();
        for (int i = 0; i < interpreter.getOutputTensorCount(); i++) {
            found.add(described(interpreter.getOutputTensor(i)));
        }
        return found;
    }

    @Override
    public void set(int index, ByteBuffer values) {
        if (row == null) {
            row = rows();
        }
        row[index].clear();
        row[index].put(values);
        row[index].flip();
    }

    /** TensorFlow Lite's Java has no inference without its inputs: the row's bytes, which lie beside the heap, are copied each time. */
    @Override
    public void invoke() {
        interpreter.runForMultipleInputsOutputs(row, NO_OUTPUTS);
    }

    @Override
    public void get(int index, ByteBuffer into) {
        ByteBuffer from = interpreter.getOutputTensor(index).asReadOnlyBuffer();
        if (from.remaining() != into.remaining()) {
            throw new Refused("shape-mismatch", "output " + index + " has " + from.remaining() + " bytes, not " + into.remaining());
        }
        into.put(from);
    }

    /** Opens the file anew: variables that are resources stay as they are when the interpreter is told to reset them (seen in 2.16.1). */
    @Override
    public void reset() {
        ByteBuffer[] kept = row;
        close();
        open();
        row = kept;
    }

    @Override
    public Executed executed(Heard heard) throws IOException {
        return new TfliteProof(order, heard).executed();
    }

    @Override
    public void close() {
        Interpreter last = interpreter;
        interpreter = null;
        row = null;
        if (last != null) {
            last.close();
        }
        delegates.close();
    }

    private void open() {
        try {
            interpreter = new Interpreter(file, delegates.options());
            fill();
            interpreter.allocateTensors();
        } catch (RuntimeException | Error failed) {
            close();
            delegates.check(failed);
            throw failed;
        }
    }

    /** Gives free sizes the order's. */
    private void fill() {
        for (int i = 0; i < interpreter.getInputTensorCount(); i++) {
            Tensor own = described(interpreter.getInputTensor(i));
            for (TensorFile wanted : order.inputs) {
                if (wanted.name.equals(own.name) && free(own.shape(), wanted.shape())) {
                    interpreter.resizeInput(i, wanted.shape(), true);
                }
            }
        }
    }

    /** Whether a shape has free sizes, and another differs from it in these alone. */
    private static boolean free(int[] own, int[] wanted) {
        boolean free = false;
        boolean fits = own.length == wanted.length;
        for (int i = 0; fits && i < own.length; i++) {
            free |= own[i] == Tensor.FREE;
            fits = own[i] == Tensor.FREE || own[i] == wanted[i];
        }
        return free && fits;
    }

    private ByteBuffer[] rows() {
        ByteBuffer[] made = new ByteBuffer[interpreter.getInputTensorCount()];
        for (int i = 0; i < made.length; i++) {
            made[i] = ByteBuffer.allocateDirect(interpreter.getInputTensor(i).numBytes()).order(ByteOrder.nativeOrder());
        }
        return made;
    }

    private static Tensor described(org.tensorflow.lite.Tensor tensor) {
        return new Tensor(tensor.name(), tensor.shapeSignature(), dtype(tensor));
    }

    /** Numpy's word for a dtype; what has none is no dtype of an order's. */
    private static String dtype(org.tensorflow.lite.Tensor tensor) {
        switch (tensor.dataType()) {
            case FLOAT32:
                return "float32";
            case INT32:
                return "int32";
            case UINT8:
                return "uint8";
            case INT64:
                return "int64";
            case BOOL:
                return "bool";
            case INT16:
                return "int16";
            case INT8:
                return "int8";
            default:
                return tensor.dataType().toString();
        }
    }
}
