package org.pocketbench.app.engines;

import java.io.Closeable;
import java.util.List;
import org.pocketbench.core.Order;
import org.pocketbench.core.Refused;
import org.tensorflow.lite.Delegate;
import org.tensorflow.lite.Interpreter;
import org.tensorflow.lite.gpu.GpuDelegate;
import org.tensorflow.lite.gpu.GpuDelegateFactory;
import org.tensorflow.lite.nnapi.NnApiDelegate;

/** What takes operations over from TensorFlow Lite's own kernels, as an order wants it. */
final class TfliteDelegates implements Closeable {
    /** With either back end allowed OpenGL ES is tried last; where it is not there, neither is. */
    private static final List<String> NO_OPENCL = List.of("Can not open OpenCL library", "No supported OpenCL platform", "Failed to create OpenCL");
    private static final List<String> NO_GLES = List.of("EGL is not initialized", "No EGL error, but eglGetDisplay failed", "No display");
    private static final List<String> UNKNOWN = List.of("Didn't find op for builtin opcode", "Encountered unresolved custom op",
            "Op builtin_code out of range");
    /** The message goes on with the names of those that there are. */
    private static final List<String> NO_SUCH = List.of("Could not find the specified NNAPI accelerator");

    private final Order order;
    private Delegate delegate;

    TfliteDelegates(Order order) {
        this.order = order;
    }

    /** Interpreter's options with the order's delegate; XNNPACK, where it is on, has what that leaves. */
    Interpreter.Options options() {
        Interpreter.Options options = new Interpreter.Options();
        options.setNumThreads(Math.max(1, order.threads));
        options.setUseXNNPACK(order.option("xnnpack", "on").equals("on"));
        if (order.accelerator.equals("gpu")) {
            delegate = new GpuDelegate(gpu());
        } else if (order.accelerator.equals("nnapi")) {
            delegate = new NnApiDelegate(nnapi());
        }
        return delegate == null ? options : options.addDelegate(delegate);
    }

    /** Throws Refused where an error says that there is no driver for what the order wants, or no kernel for an operation of the file. */
    void check(Throwable error) {
        Said.unknown(error, UNKNOWN);
        if (order.accelerator.equals("gpu")) {
            Said.absent(error, order.option("gpu_backend", "any").equals("opencl") ? NO_OPENCL : NO_GLES);
        } else if (order.accelerator.equals("nnapi")) {
            Said.absent(error, NO_SUCH);
        }
    }

    /** Numbers stay float32: halves are faster on many GPUs, and another technique. Quantised files are computed in floats. */
    private GpuDelegateFactory.Options gpu() {
        GpuDelegateFactory.Options options = new GpuDelegateFactory.Options();
        options.setPrecisionLossAllowed(false);
        options.setQuantizedModelsAllowed(true);
        options.setInferencePreference(GpuDelegateFactory.Options.INFERENCE_PREFERENCE_SUSTAINED_SPEED);
        switch (order.option("gpu_backend", "any")) {
            case "opencl":
                return options.setForceBackend(GpuDelegateFactory.Options.GpuBackend.OPENCL);
            case "gles":
                return options.setForceBackend(GpuDelegateFactory.Options.GpuBackend.OPENGL);
            default:
                return options;
        }
    }

    /**
     * Without NNAPI's own implementation for the CPU, which is there to be compared with and slower than any, unless that is asked for by its name.
     * Throws Refused ({@code device-too-old}) for a name where the delegate would not look at it.
     */
    private NnApiDelegate.Options nnapi() {
        NnApiDelegate.Options options = new NnApiDelegate.Options();
        options.setExecutionPreference(NnApiDelegate.Options.EXECUTION_PREFERENCE_SUSTAINED_SPEED);
        options.setUseNnapiCpu(false);
        options.setAllowFp16(order.option("nnapi_fp16", "off").equals("on"));
        String name = order.option("nnapi_accelerator", "any");
        if (name.equals(Nnapi.ANY)) {
            return options;
        }
        if (!Nnapi.canBeTold()) {
            throw new Refused("device-too-old", "NNAPI takes an accelerator's name from Android 10 on");
        }
        return options.setAcceleratorName(name);
    }

    /** After the interpreter: a delegate outlives what it works for. */
    @Override
    public void close() {
        Delegate last = delegate;
        delegate = null;
        if (last != null) {
            last.close();
        }
    }
}
