package org.pocketbench.app.engines;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.pocketbench.core.Executed;
import org.pocketbench.core.Heard;
import org.pocketbench.core.Loaded;
import org.pocketbench.core.Order;
import org.pocketbench.core.Tensor;
import org.pocketbench.core.TensorFile;

/** A model in a session of ONNX Runtime, with memory for one row that is made before anything is timed. */
final class OnnxruntimeModel implements Loaded {
    private static final List<String> UNKNOWN = List.of("is not a registered function/op", "No Op registered for", "Could not find an implementation for",
            "Unsupported model IR version", "ONNX Runtime only *guarantees* support");

    private final OrtEnvironment environment;
    private final Order order;
    private final File file;
    private final File scratch;
    private OrtSession session;
    private Map<String, OnnxTensor> inputs = Map.of();
    private Map<String, OnnxTensor> outputs = Map.of();

    OnnxruntimeModel(OrtEnvironment environment, Order order, File file, File scratch) throws OrtException {
        this.environment = environment;
        this.order = order;
        this.file = file;
        this.scratch = scratch;
        try (OrtSession.SessionOptions options = OnnxruntimeProviders.options(order)) {
            session = environment.createSession(file.getPath(), options);
        } catch (OrtException error) {
            Said.absent(error, List.of("Failed to get a WebGPU adapter", "requires f16 but the device does not support it"));
            Said.unknown(error, UNKNOWN);
            throw error;
        }
    }

    @Override
    public List<Tensor> inputs() throws OrtException {
        return OnnxruntimeTensors.described(session.getInputInfo().values());
    }

    @Override
    public List<Tensor> outputs() throws OrtException {
        return OnnxruntimeTensors.described(session.getOutputInfo().values());
    }

    @Override
    public void set(int index, ByteBuffer row) throws OrtException {
        if (inputs.isEmpty()) {
            inputs = made(new ArrayList<>(session.getInputNames()), order.inputs);
            outputs = made(new ArrayList<>(session.getOutputNames()), order.outputs);
        }
        memory(inputs, index).put(row);
    }

    @Override
    public void invoke() throws OrtException {
        session.run(inputs, outputs).close();
    }

    @Override
    public void get(int index, ByteBuffer row) {
        row.put(memory(outputs, index));
    }

    /** Nothing is kept from one inference to the next. */
    @Override
    public void reset() { }

    /**
     * The last thing that is asked: the session is closed, and another of the same file and options is asked by its profile which provider had
     * which operations, for the runtime's Java has no other way, and profiling the first would be timed with it.
     */
    @Override
    public Executed executed(Heard heard) throws OrtException, IOException {
        if (session != null) {
            session.close();
            session = null;
        }
        return OnnxruntimeProof.of(environment, order, file, scratch, inputs, outputs);
    }

    @Override
    public void close() {
        inputs.values().forEach(OnnxTensor::close);
        outputs.values().forEach(OnnxTensor::close);
        inputs = Map.of();
        outputs = Map.of();
        OrtSession last = session;
        session = null;
        try {
            if (last != null) {
                last.close();
            }
        } catch (OrtException error) {
            throw new IllegalStateException(error);
        }
    }

    private Map<String, OnnxTensor> made(List<String> names, List<TensorFile> ordered) throws OrtException {
        Map<String, OnnxTensor> found = new LinkedHashMap<>();
        for (String name : names) {
            for (TensorFile tensor : ordered) {
                if (tensor.name.equals(name)) {
                    found.put(name, OnnxruntimeTensors.made(environment, tensor));
                }
            }
        }
        return found;
    }

    /** The bytes of a tensor, from the first. */
    private static ByteBuffer memory(Map<String, OnnxTensor> tensors, int index) {
        OnnxTensor tensor = new ArrayList<>(tensors.values()).get(index);
        ByteBuffer bytes = ((ByteBuffer) tensor.getBufferRef().orElseThrow(IllegalStateException::new)).duplicate().order(ByteOrder.nativeOrder());
        bytes.clear();
        return bytes;
    }
}
