package org.pocketbench.app.engines;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import com.eclipsesource.json.ParseException;
import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import org.pocketbench.core.Refused;
import org.pocketbench.core.Tensor;
import org.pocketbench.core.TensorFile;

/** A {@code .ptl} file, a zip archive, as far as it can be read without PyTorch: what Pocketbench wrote into it of its tensors, and whether it is for NNAPI. */
final class PytorchFile {
    private static final String ABOUT = "/extra/pocketbench.json";
    private static final String CODE = "/bytecode.pkl";
    /** How the names begin of operations that move a tensor to another device, or make one in the processor's memory. */
    private static final List<String> MOVES = List.of("aten::to", "aten::cpu", "aten::copy_", "aten::empty", "aten::zeros", "aten::ones", "aten::full",
            "aten::arange", "aten::linspace", "aten::rand", "aten::tensor", "aten::scalar_tensor");
    private static final String TO_NNAPI = "torch.classes._nnapi.Compilation";
    private static final int MAX_BYTES = 1 << 20;
    private static final int MAX_CODE_BYTES = 1 << 24;

    /** Whether its code hands the model to NNAPI. */
    final boolean forNnapi;
    /** Whether it was made for Vulkan: what its own parameters alone determine was computed then, and is in it as it is used. */
    final boolean forVulkan;
    /** Whether its code may move a tensor to another device or dtype, or make one of its own: what comes after that may be the CPU's. */
    final boolean moves;
    private final JsonObject about;

    PytorchFile(File file) throws IOException {
        try (ZipFile archive = new ZipFile(file)) {
            about = about(archive);
            String code = new String(part(archive, CODE, MAX_CODE_BYTES), StandardCharsets.ISO_8859_1);
            JsonValue facts = about.get("facts");
            forVulkan = facts != null && facts.isObject() && word(facts.asObject(), "made_for").equals("vulkan");
            forNnapi = code.contains(TO_NNAPI);
            moves = code.isEmpty() || MOVES.stream().anyMatch(code::contains);
        }
    }

    /** Throws Refused for integer kernels of another engine than a phone's PyTorch has: it loads them, and what they compute is wrong. */
    void check() {
        String engine = word(about, "quantized_engine");
        if (!engine.isEmpty() && !engine.equals("qnnpack")) {
            throw new Refused("engine-cannot-read", "the file's integer kernels are for " + engine + ", and PyTorch has qnnpack on phones");
        }
    }

    /** What the file says of its inputs or outputs, else what the order does: PyTorch's own part of a file has no names, shapes or dtypes. */
    List<Tensor> tensors(String what, List<TensorFile> ordered) {
        JsonValue said = about.get(what);
        List<Tensor> found = new ArrayList<>();
        if (said == null || !said.isArray() || said.asArray().isEmpty()) {
            ordered.forEach(tensor -> found.add(new Tensor(tensor.name, tensor.shape(), tensor.dtype)));
            return found;
        }
        try {
            for (JsonValue each : said.asArray()) {
                found.add(tensor(each.asObject()));
            }
        } catch (NullPointerException | UnsupportedOperationException | NumberFormatException damaged) {
            throw new Refused("engine-cannot-read", "the file's own pocketbench.json does not tell its " + what);
        }
        return found;
    }

    private static Tensor tensor(JsonObject said) {
        JsonArray sizes = said.get("shape").asArray();
        int[] shape = new int[sizes.size()];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = sizes.get(i).asInt();
        }
        return new Tensor(said.getString("name", ""), shape, said.getString("dtype", ""));
    }

    /** What is said under a name; empty where it is no text. */
    private static String word(JsonObject said, String name) {
        JsonValue found = said.get(name);
        return found != null && found.isString() ? found.asString() : "";
    }

    private static JsonObject about(ZipFile archive) throws IOException {
        byte[] said = part(archive, ABOUT, MAX_BYTES);
        try {
            JsonValue found = said.length == 0 ? Json.NULL : Json.parse(new String(said, StandardCharsets.UTF_8));
            return found.isObject() ? found.asObject() : new JsonObject();
        } catch (ParseException notOurs) {
            return new JsonObject();
        }
    }

    /** A record of the archive; nothing where there is none, or one of more bytes than are read. */
    private static byte[] part(ZipFile archive, String end, int most) throws IOException {
        for (ZipEntry entry : Collections.list(archive.entries())) {
            if (entry.getName().endsWith(end)) {
                try (InputStream from = archive.getInputStream(entry)) {
                    return read(from, most);
                }
            }
        }
        return new byte[0];
    }

    private static byte[] read(InputStream from, int most) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        byte[] some = new byte[1 << 16];
        for (int count = from.read(some); count >= 0; count = from.read(some)) {
            read.write(some, 0, count);
            if (read.size() > most) {
                return new byte[0];
            }
        }
        return read.toByteArray();
    }
}
