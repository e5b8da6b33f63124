package org.pocketbench.app.engines;

import java.io.File;
import java.util.List;
import java.util.Map;
import org.pocketbench.core.Engine;
import org.pocketbench.core.Loaded;
import org.pocketbench.core.Order;
import org.tensorflow.lite.InterpreterApi;
import org.tensorflow.lite.TensorFlowLite;

/** TensorFlow Lite: the CPU with XNNPACK or without, the GPU by its delegate through OpenCL or OpenGL ES, and NNAPI's accelerators by its delegate. */
public final class TfliteEngine implements Engine {
    static final Map<String, List<String>> OPTIONS = Map.of("xnnpack", List.of("on", "off"), "gpu_backend", List.of("any", "opencl", "gles"),
            "nnapi_accelerator", List.of("any"), "nnapi_fp16", List.of("off", "on"));

    @Override
    public String version() {
        return TensorFlowLite.runtimeVersion(InterpreterApi.Options.TfLiteRuntime.FROM_APPLICATION_ONLY);
    }

    @Override
    public List<String> accelerators() {
        return List.of("cpu", "gpu", "nnapi");
    }

    @Override
    public Loaded load(Order order, File model) {
        Choices.check(order, OPTIONS);
        return new TfliteModel(order, model);
    }
}
