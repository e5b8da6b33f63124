package org.pocketbench.core.client;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import org.pocketbench.core.Refused;

/** This device's own loopback: nothing else is connected to. */
final class Loopback {
    private static final int WITHIN_MS = 60_000;

    private Loopback() { }

    /** A connection whose small packets are sent at once. Throws Refused ({@code device-lost}) where nobody listens. */
    static Socket connected(int port) throws IOException {
        Socket socket;
        try {
            socket = new Socket(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port);
        } catch (IOException error) {
            throw new Refused("device-lost", "nobody listens at this device's port " + port + ": " + error.getMessage(), error);
        }
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(WITHIN_MS);
        return socket;
    }
}
