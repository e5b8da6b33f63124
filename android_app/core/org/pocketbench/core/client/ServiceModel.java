package org.pocketbench.core.client;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.Collectors;
import org.pocketbench.core.Executed;
import org.pocketbench.core.Heard;
import org.pocketbench.core.Loaded;
import org.pocketbench.core.Order;
import org.pocketbench.core.Refused;
import org.pocketbench.core.Tensor;
import org.pocketbench.core.TensorFile;

/** A service that was connected to: a row is the bytes of its inputs one after another, an answer those of its outputs. */
final class ServiceModel implements Loaded {
    private final Service service;
    private final Order order;
    private final byte[] row;
    private final byte[] answer;
    private long inferenceNs;

    ServiceModel(Service service, Order order) {
        this.service = service;
        this.order = order;
        row = new byte[offset(order.inputs, order.inputs.size())];
        answer = new byte[offset(order.outputs, order.outputs.size())];
    }

    @Override
    public List<Tensor> inputs() {
        return tensors(order.inputs);
    }

    @Override
    public List<Tensor> outputs() {
        return tensors(order.outputs);
    }

    @Override
    public void set(int index, ByteBuffer from) {
        from.get(row, offset(order.inputs, index), from.remaining());
    }

    @Override
    public void invoke() {
        try {
            inferenceNs += service.infer(row, answer);
        } catch (IOException error) {
            throw new Refused("device-lost", "the service is gone: " + error.getMessage(), error);
        }
    }

    @Override
    public LongSupplier inference() {
        return () -> inferenceNs;
    }

    @Override
    public void get(int index, ByteBuffer into) {
        into.put(answer, offset(order.outputs, index), into.remaining());
    }

    /** The service resets its model itself where its own order says so. */
    @Override
    public void reset() { }

    /** A service does not tell. */
    @Override
    public Executed executed(Heard heard) {
        return new Executed("", "", Executed.Execution.UNKNOWN);
    }

    /** The service goes on: who started it says when to stop. */
    @Override
    public void close() {
        try {
            service.close();
        } catch (IOException gone) {
            return;
        }
    }

    private static List<Tensor> tensors(List<TensorFile> files) {
        return files.stream().map(file -> new Tensor(file.name, file.shape(), file.dtype)).collect(Collectors.toList());
    }

    /** Where in a row the tensor of that index begins. */
    private static int offset(List<TensorFile> files, int index) {
        try {
            return Math.toIntExact(files.subList(0, index).stream().mapToLong(TensorFile::rowBytes).sum());
        } catch (ArithmeticException error) {
            throw new Refused("memory-limit", "a row is more than a frame holds", error);
        }
    }
}
