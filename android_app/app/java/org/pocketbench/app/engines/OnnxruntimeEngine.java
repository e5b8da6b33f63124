package org.pocketbench.app.engines;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import android.content.Context;
import java.io.File;
import java.util.List;
import java.util.Map;
import org.pocketbench.core.Engine;
import org.pocketbench.core.Loaded;
import org.pocketbench.core.Order;

/** ONNX Runtime: the CPU by its own kernels or XNNPACK's, NNAPI, and the GPU through WebGPU, which is Vulkan on phones. */
public final class OnnxruntimeEngine implements Engine {
    static final Map<String, List<String>> OPTIONS = Map.of("xnnpack", List.of("off", "on"), "nnapi_cpu", List.of("off", "on", "only"),
            "nnapi_fp16", List.of("off", "on"));

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_WARNING, "pocketbench");
    private final File scratch;

    public OnnxruntimeEngine(Context context) {
        scratch = context.getCacheDir();
    }

    @Override
    public String version() {
        return environment.getVersion();
    }

    @Override
    public List<String> accelerators() {
        return List.of("cpu", "nnapi", "webgpu");
    }

    @Override
    public Loaded load(Order order, File model) throws OrtException {
        Choices.check(order, OPTIONS);
        return new OnnxruntimeModel(environment, order, model, scratch);
    }
}
