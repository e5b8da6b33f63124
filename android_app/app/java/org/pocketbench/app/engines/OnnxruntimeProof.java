package org.pocketbench.app.engines;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.pocketbench.core.Executed;
import org.pocketbench.core.Executed.Execution;
import org.pocketbench.core.Order;

/** Which provider of ONNX Runtime computed each operation, from its profile of one inference. */
final class OnnxruntimeProof {
    private static final long MAX_BYTES = 64L << 20;
    /** What the runtime puts between providers; no operation of the model's. */
    private static final List<String> COPIES = List.of("MemcpyFromHost", "MemcpyToHost");

    private OnnxruntimeProof() { }

    static Executed of(OrtEnvironment environment, Order order, File model, File scratch, Map<String, OnnxTensor> inputs, Map<String, OnnxTensor> outputs)
            throws OrtException, IOException {
        File profile;
        try (OrtSession.SessionOptions options = OnnxruntimeProviders.options(order)) {
            options.enableProfiling(new File(scratch, order.engine + "-profile").getPath());
            try (OrtSession session = environment.createSession(model.getPath(), options)) {
                session.run(inputs, outputs).close();
                profile = new File(session.endProfiling());
            }
        }
        try {
            return executed(order, counted(profile));
        } finally {
            profile.delete();
        }
    }

    /** Of an accelerator that computed nothing: the CPU computed all. XNNPACK is the CPU too. A profile without operations, or too long a one, tells nothing. */
    private static Executed executed(Order order, Map<String, String> providers) throws IOException {
        String wanted = OnnxruntimeProviders.wanted(order);
        long total = providers.size();
        long own = providers.values().stream().filter(wanted::equals).count();
        if (total == 0) {
            return new Executed(order.accelerator, "", Execution.UNKNOWN);
        }
        if (order.accelerator.equals("cpu")) {
            return new Executed("cpu", own > 0 ? wanted : OnnxruntimeProviders.CPU, Execution.FULL, own, total);
        }
        if (own == 0) {
            return new Executed("cpu", OnnxruntimeProviders.CPU, Execution.NONE, own, total);
        }
        if (order.accelerator.equals("nnapi")) {
            return nnapi(order, own == total);
        }
        return new Executed(order.accelerator, Driver.of(Driver.VULKAN), own == total ? Execution.FULL : Execution.PARTIAL, own, total);
    }

    /**
     * NNAPI has a part of the model as one operation of the profile, so these are not the model's to count. That there is an accelerator behind it
     * nothing says: on a phone without one, NNAPI's own implementation for the CPU takes what was given to all but the CPU.
     */
    private static Executed nnapi(Order order, boolean all) {
        if (order.option("nnapi_cpu", "off").equals("only") && Nnapi.canBeTold()) {
            return new Executed("cpu", Nnapi.REFERENCE, Execution.NONE);
        }
        return new Executed("nnapi", "", all ? Execution.UNKNOWN : Execution.PARTIAL);
    }

    /** The provider of each operation that ran. */
    private static Map<String, String> counted(File profile) throws IOException {
        Map<String, String> found = new HashMap<>();
        if (profile.length() > MAX_BYTES) {
            return found;
        }
        try (Reader text = new InputStreamReader(new FileInputStream(profile), StandardCharsets.UTF_8)) {
            for (JsonValue event : Json.parse(text).asArray()) {
                JsonObject about = event.asObject().get("args") == null ? new JsonObject() : event.asObject().get("args").asObject();
                if (event.asObject().getString("cat", "").equals("Node") && about.get("provider") != null && !COPIES.contains(about.getString("op_name", ""))) {
                    found.put(event.asObject().getString("name", "") + " " + about.getString("node_index", ""), about.getString("provider", ""));
                }
            }
        }
        return found;
    }
}
