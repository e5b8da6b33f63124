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
 * {@code port} and {@code token} are options, and {@code serve}, which is how it is asked: {@code socket} or {@code http}. Loading is connecting, an
 * inference a round trip; the order's model file is not read.
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
        Service service = service(order);
        try {
            return new ServiceModel(service, order);
        } catch (RuntimeException error) {
            service.close();
            throw error;
        }
    }

    private static Service service(Order order) throws IOException {
        int port = port(order.option("port", ""));
        String token = order.option("token", "");
        String way = order.option("serve", "socket");
        switch (way) {
            case "socket":
                return new OverSocket(port, token);
            case "http":
                return new OverHttp(port, token);
            default:
                throw new Refused("protocol", "the option serve is socket or http, got '" + way.substring(0, Math.min(40, way.length())) + "'");
        }
    }

    private static int port(String text) {
        if (!text.matches("[1-9][0-9]{0,4}") || Integer.parseInt(text) > 65535) {
            throw new Refused("protocol", "the option port is that of a service on this device, got '" + text.substring(0, Math.min(40, text.length())) + "'");
        }
        return Integer.parseInt(text);
    }
}
