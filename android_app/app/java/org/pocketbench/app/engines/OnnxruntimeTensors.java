package org.pocketbench.app.engines;

import ai.onnxruntime.NodeInfo;
import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.TensorInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.pocketbench.core.Refused;
import org.pocketbench.core.Tensor;
import org.pocketbench.core.TensorFile;

/** ONNX Runtime's tensors: as a model describes them, and over memory that they read from or write into. */
final class OnnxruntimeTensors {
    private static final Map<OnnxJavaType, String> DTYPES = Map.of(OnnxJavaType.FLOAT, "float32", OnnxJavaType.DOUBLE, "float64", OnnxJavaType.INT8, "int8",
            OnnxJavaType.INT16, "int16", OnnxJavaType.INT32, "int32", OnnxJavaType.INT64, "int64", OnnxJavaType.UINT8, "uint8", OnnxJavaType.BOOL, "bool",
            OnnxJavaType.FLOAT16, "float16");

    private OnnxruntimeTensors() { }

    /** Free sizes are -1; a dtype that Java has not is the runtime's own word, and no order's. */
    static List<Tensor> described(Collection<NodeInfo> all) {
        List<Tensor> found = new ArrayList<>();
        for (NodeInfo each : all) {
            if (!(each.getInfo() instanceof TensorInfo)) {
                throw new Refused("engine-cannot-read", each.getName() + " is no tensor but " + each.getInfo());
            }
            TensorInfo info = (TensorInfo) each.getInfo();
            int[] shape = Arrays.stream(info.getShape()).mapToInt(Math::toIntExact).toArray();
            found.add(new Tensor(each.getName(), shape, dtype(info)));
        }
        return found;
    }

    /** A tensor over memory of its own, which is direct and in native order: the runtime works in it where it lies. */
    static OnnxTensor made(OrtEnvironment environment, TensorFile like) throws OrtException {
        ByteBuffer bytes = ByteBuffer.allocateDirect(Math.toIntExact(like.rowBytes())).order(ByteOrder.nativeOrder());
        long[] shape = Arrays.stream(like.shape()).asLongStream().toArray();
        for (Map.Entry<OnnxJavaType, String> known : DTYPES.entrySet()) {
            if (known.getValue().equals(like.dtype)) {
                return OnnxTensor.createTensor(environment, bytes, shape, known.getKey());
            }
        }
        throw new Refused("engine-cannot-read", "ONNX Runtime's Java has no tensors of " + like.dtype);
    }

    /** The runtime's unsigned numbers of 16 bits and more have Java's signed types. */
    private static String dtype(TensorInfo info) {
        String own = info.onnxType.toString().replace("ONNX_TENSOR_ELEMENT_DATA_TYPE_", "").toLowerCase(Locale.ROOT);
        return own.startsWith("uint") ? own : DTYPES.getOrDefault(info.type, own);
    }
}
