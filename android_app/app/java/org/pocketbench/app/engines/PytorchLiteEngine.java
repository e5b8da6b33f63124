package org.pocketbench.app.engines;

import java.io.File;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.pocketbench.core.Engine;
import org.pocketbench.core.Loaded;
import org.pocketbench.core.Order;
import org.pytorch.PyTorchAndroid;

/** PyTorch's lite interpreter: the CPU, the GPU through Vulkan, and files that hand their model to NNAPI. */
public final class PytorchLiteEngine implements Engine {
    /** The library says its version nowhere: it is that of {@code android_app/parts.toml}. */
    static final String VERSION = "1.12.2";

    @Override
    public String version() {
        return VERSION;
    }

    @Override
    public List<String> accelerators() {
        return List.of("cpu", "vulkan", "nnapi");
    }

    @Override
    public Loaded load(Order order, File model) throws IOException {
        Choices.check(order, Map.of());
        PyTorchAndroid.setNumThreads(Math.max(1, order.threads));
        return new PytorchModel(order, model);
    }
}
