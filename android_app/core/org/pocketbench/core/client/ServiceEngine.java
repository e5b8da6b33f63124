package org.pocketbench.core.client;

import java.io.File;
import java.io.IOException;
import java.util.List;
import org.pocketbench.core.Engine;
import org.pocketbench.core.Loaded;
import org.pocketbench.core.Order;
import org.pocketbench.core.Refused;

/**
 * A model that another program on this device has loaded, such as Python in Termux: an order of kind {@code serve} that listens here. Its
 * {@code port} and {@code token} are options. Loading is connecting, an inference a round trip; the order's model file is not read.
 */
public final class ServiceEngine implements Engine {
    @Override
    public String version() {
        return "1";
    }

    /** Where the service executes is its own affair. */
    @Override
    public List<String> accelerators() {
        return List.of("cpu", "gpu", "nnapi", "vulkan", "wasm", "webgl", "webgpu");
    }

    @Override
    public Loaded load(Order order, File model) throws IOException {
        Frames frames = connected(port(order.option("port", "")));
        try {
            Handshake.with(frames, order.option("token", ""));
            return new ServiceModel(frames, order);
        } catch (IOException | RuntimeException error) {
            frames.close();
            throw error;
        }
    }

    private static Frames connected(int port) {
        try {
            return new Frames(port);
        } catch (IOException error) {
            throw new Refused("device-lost", "nobody listens at this device's port " + port + ": " + error.getMessage(), error);
        }
    }

    private static int port(String text) {
        if (!text.matches("[1-9][0-9]{0,4}") || Integer.parseInt(text) > 65535) {
            throw new Refused("protocol", "the option port is that of a service on this device, got '" + text.substring(0, Math.min(40, text.length())) + "'");
        }
        return Integer.parseInt(text);
    }
}
