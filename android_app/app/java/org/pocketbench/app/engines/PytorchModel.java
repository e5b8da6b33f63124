package org.pocketbench.app.engines;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.stream.Collectors;
import org.pocketbench.core.Dtypes;
import org.pocketbench.core.Executed;
import org.pocketbench.core.Executed.Execution;
import org.pocketbench.core.Heard;
import org.pocketbench.core.Loaded;
import org.pocketbench.core.Order;
import org.pocketbench.core.Refused;
import org.pocketbench.core.Tensor;
import org.pocketbench.core.TensorFile;
import org.pytorch.Device;
import org.pytorch.IValue;
import org.pytorch.LiteModuleLoader;
import org.pytorch.Module;

/** A module in PyTorch's lite interpreter. */
final class PytorchModel implements Loaded {
    /** Vulkan is looked for when the first tensor goes there; NNAPI when a file's code asks for it. */
    private static final List<String> NO_DRIVER = List.of("Failed to initialize context", "Failed to load libneuralnetworks.so");

    private static final List<String> UNKNOWN = List.of("Following ops cannot be found", "but the model version is");

    private final Order order;
    private final File file;
    private final PytorchFile said;
    private Module module;
    private ByteBuffer[] row;
    private IValue[] values;
    private IValue answer;

    PytorchModel(Order order, File file) throws IOException {
        this.order = order;
        this.file = file;
        said = new PytorchFile(file);
        said.check();
        open();
    }

    @Override
    public List<Tensor> inputs() {
        return said.tensors("inputs", order.inputs);
    }

    @Override
    public List<Tensor> outputs() {
        return said.tensors("outputs", order.outputs);
    }

    @Override
    public void set(int index, ByteBuffer from) {
        if (row == null) {
            rows();
        }
        row[index].clear();
        row[index].put(from);
    }

    /** The module's tensors come back to the processor's memory within the call, from Vulkan too. */
    @Override
    public void invoke() {
        try {
            answer = module.forward(values);
        } catch (RuntimeException error) {
            Said.absent(error, NO_DRIVER);
            throw error;
        }
    }

    @Override
    public void get(int index, ByteBuffer into) {
        List<Tensor> own = outputs();
        List<org.pytorch.Tensor> answers = PytorchAnswers.of(answer, own.stream().map(tensor -> tensor.name).collect(Collectors.toList()));
        if (answers.size() != own.size()) {
            throw new Refused("shape-mismatch", "the module answers with " + answers.size() + " tensors, not " + own.size());
        }
        check(answers.get(index), own.get(index), into.remaining());
        PytorchTensors.copy(answers.get(index), into);
    }

    /** Loads anew: a module that changes its own attributes has no other beginning. */
    @Override
    public void reset() {
        ByteBuffer[] kept = row;
        IValue[] keptValues = values;
        close();
        open();
        row = kept;
        values = keptValues;
    }

    /**
     * An operation that Vulkan does not have ends the run, so a file that was made for it ran there whole, unless its own code moves tensors away, as Keras'
     * does; of any other the processor computes what hangs on its parameters alone. NNAPI, where a file's own code asks for it, ends the run, too.
     */
    @Override
    public Executed executed(Heard heard) throws IOException {
        if (order.accelerator.equals("vulkan")) {
            return new Executed("vulkan", Driver.of(Driver.VULKAN), said.forVulkan && !said.moves ? Execution.FULL : Execution.UNKNOWN);
        }
        if (said.forNnapi) {
            return new Executed("nnapi", "", Execution.UNKNOWN);
        }
        return new Executed("cpu", "", order.accelerator.equals("cpu") ? Execution.FULL : Execution.NONE);
    }

    @Override
    public void close() {
        Module last = module;
        module = null;
        answer = null;
        row = null;
        values = null;
        if (last != null) {
            last.destroy();
        }
    }

    private void open() {
        try {
            module = LiteModuleLoader.load(file.getPath(), new HashMap<>(), order.accelerator.equals("vulkan") ? Device.VULKAN : Device.CPU);
        } catch (RuntimeException error) {
            Said.unknown(error, UNKNOWN);
            throw error;
        }
    }

    /** The inputs' tensors, made once: they lie in memory that rows are copied into. Their order is the model's. */
    private void rows() {
        List<Tensor> own = inputs();
        row = new ByteBuffer[own.size()];
        values = new IValue[own.size()];
        for (int i = 0; i < row.length; i++) {
            TensorFile tensor = ordered(own.get(i).name, i);
            row[i] = ByteBuffer.allocateDirect(Math.toIntExact(tensor.rowBytes())).order(ByteOrder.nativeOrder());
            values[i] = IValue.from(PytorchTensors.over(row[i], tensor.shape(), tensor.dtype));
        }
    }

    /** The order's tensor of a name; where names agree by position alone, that of the place. */
    private TensorFile ordered(String name, int place) {
        return order.inputs.stream().filter(tensor -> tensor.name.equals(name)).findFirst().orElse(order.inputs.get(place));
    }

    private static void check(org.pytorch.Tensor found, Tensor own, int bytes) {
        String dtype = PytorchTensors.dtype(found);
        if (!dtype.equals(own.dtype) || found.numel() * Dtypes.size(dtype) != bytes) {
            String was = Arrays.toString(found.shape()) + " " + dtype;
            throw new Refused("shape-mismatch", own.name + " came out as " + was + ", " + own + " of " + bytes + " bytes is due");
        }
    }
}
