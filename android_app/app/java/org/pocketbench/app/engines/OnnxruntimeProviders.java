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
            case NNAPI:
                options.addNnapi(nnapi(order));
                break;
            case WEBGPU:
                options.addWebGPU(Map.of());
                break;
            default:
                break;
        }
    }

    /** By itself without NNAPI's own implementation for the CPU, which is slower than any. */
    private static EnumSet<NNAPIFlags> nnapi(Order order) {
        EnumSet<NNAPIFlags> flags = EnumSet.noneOf(NNAPIFlags.class);
        if (order.option("nnapi_fp16", "off").equals("on")) {
            flags.add(NNAPIFlags.USE_FP16);
        }
        switch (order.option("nnapi_cpu", "off")) {
            case "off":
                flags.add(NNAPIFlags.CPU_DISABLED);
                break;
            case "only":
                flags.add(NNAPIFlags.CPU_ONLY);
                break;
            default:
                break;
        }
        return flags;
    }

    /** XNNPACK has threads of its own; the runtime's would fight with them for the cores ("XNNPACK Execution Provider", section Configuration Options). */
    private static void xnnpack(OrtSession.SessionOptions options, int threads) throws OrtException {
        options.addConfigEntry("session.intra_op.allow_spinning", "0");
        options.setIntraOpNumThreads(1);
        options.addXnnpack(Map.of("intra_op_num_threads", Integer.toString(threads)));
    }
}
