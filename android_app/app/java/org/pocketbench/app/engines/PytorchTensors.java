package org.pocketbench.app.engines;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
import org.pocketbench.core.Refused;
import org.pytorch.MemoryFormat;
import org.pytorch.Tensor;

/** PyTorch's Java tensors from the bytes of a row and back. */
final class PytorchTensors {
    private PytorchTensors() { }

    /** A tensor that lies in {@code bytes}, a direct buffer in native order. Throws Refused ({@code engine-cannot-read}) for dtypes that Java's do not have. */
    static Tensor over(ByteBuffer bytes, int[] shape, String dtype) {
        long[] sizes = Arrays.stream(shape).asLongStream().toArray();
        switch (dtype) {
            case "float32":
                return Tensor.fromBlob(bytes.asFloatBuffer(), sizes);
            case "float64":
                return Tensor.fromBlob(bytes.asDoubleBuffer(), sizes);
            case "int64":
                return Tensor.fromBlob(bytes.asLongBuffer(), sizes);
            case "int32":
                return Tensor.fromBlob(bytes.asIntBuffer(), sizes);
            case "int8":
                return Tensor.fromBlob(bytes, sizes);
            case "uint8":
                return Tensor.fromBlobUnsigned(bytes, sizes);
            default:
                throw new Refused("engine-cannot-read", "tensors of PyTorch's Java have no dtype " + dtype);
        }
    }

    /** Numpy's word for a tensor's dtype. */
    static String dtype(Tensor tensor) {
        return tensor.dtype().name().toLowerCase(Locale.ROOT);
    }

    /** Copies a tensor's elements, the last axis the innermost, to a buffer's position. */
    static void copy(Tensor from, ByteBuffer into) {
        ByteBuffer bytes = into.slice().order(into.order());
        elements(from, bytes);
        if (from.memoryFormat() != MemoryFormat.CONTIGUOUS) {
            channelsFirst(bytes, from.shape());
        }
        into.position(into.limit());
    }

    private static void elements(Tensor from, ByteBuffer into) {
        switch (from.dtype()) {
            case FLOAT32:
                into.asFloatBuffer().put(from.getDataAsFloatArray());
                break;
            case FLOAT64:
                into.asDoubleBuffer().put(from.getDataAsDoubleArray());
                break;
            case INT64:
                into.asLongBuffer().put(from.getDataAsLongArray());
                break;
            case INT32:
                into.asIntBuffer().put(from.getDataAsIntArray());
                break;
            case INT8:
                into.duplicate().put(from.getDataAsByteArray());
                break;
            default:
                into.duplicate().put(from.getDataAsUnsignedByteArray());
        }
    }

    /** Brings elements whose second axis is the innermost into the order of the axes. */
    private static void channelsFirst(ByteBuffer bytes, long[] shape) {
        byte[] last = new byte[bytes.remaining()];
        bytes.duplicate().get(last);
        int channels = Math.toIntExact(shape[1]);
        int places = Math.toIntExact(Tensor.numel(shape) / Math.max(1, shape[0] * channels));
        int size = last.length / Math.max(1, Math.toIntExact(Tensor.numel(shape)));
        for (int to = 0; to < last.length / size; to++) {
            int row = to / (channels * places);
            int channel = to / places % channels;
            int place = to % places;
            bytes.position(to * size);
            bytes.put(last, ((row * places + place) * channels + channel) * size, size);
        }
    }
}
