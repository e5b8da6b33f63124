package org.pocketbench.app.engines;

import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.providers.NNAPIFlags;
import java.util.EnumSet;
import java.util.Map;
import org.pocketbench.core.Order;

/** The execution provider that an order wants of ONNX Runtime; what it does not take the CPU's own has. */
final class OnnxruntimeProviders {
    static final String CPU = "CPUExecutionProvider";
    private static final String XNNPACK = "XnnpackExecutionProvider";
    private static final String NNAPI = "NnapiExecutionProvider";
    private static final String WEBGPU = "WebGpuExecutionProvider";

    private OnnxruntimeProviders() { }

    /** The runtime's word for the provider that the order's operations are meant for. */
    static String wanted(Order order) {
        switch (order.accelerator) {
            case "nnapi":
                return NNAPI;
            case "webgpu":
                return WEBGPU;
            default:
                return order.option("xnnpack", "off").equals("on") ? XNNPACK : CPU;
        }
    }

    /** Session options with the order's threads and its provider. */
    static OrtSession.SessionOptions options(Order order) throws OrtException {
        OrtSession.SessionOptions options = new OrtSession.SessionOptions();
        try {
            options.setInterOpNumThreads(1);
            options.setIntraOpNumThreads(Math.max(1, order.threads));
            add(options, order);
            return options;
        } catch (OrtException | RuntimeException error) {
            options.close();
            throw error;
        }
    }

    private static void add(OrtSession.SessionOptions options, Order order) throws OrtException {
        switch (wanted(order)) {
            case XNNPACK:
                xnnpack(options, Math.max(1, order.threads));
                break;
            case NNAPI: // without NNAPI's own implementation for the CPU, which is slower than any
                options.addNnapi(EnumSet.of(NNAPIFlags.CPU_DISABLED));
                break;
            case WEBGPU:
                options.addWebGPU(Map.of());
                break;
            default:
                break;
        }
    }

    /** XNNPACK has threads of its own; the runtime's would fight with them for the cores ("XNNPACK Execution Provider", section Configuration Options). */
    private static void xnnpack(OrtSession.SessionOptions options, int threads) throws OrtException {
        options.addConfigEntry("session.intra_op.allow_spinning", "0");
        options.setIntraOpNumThreads(1);
        options.addXnnpack(Map.of("intra_op_num_threads", Integer.toString(threads)));
    }
}
