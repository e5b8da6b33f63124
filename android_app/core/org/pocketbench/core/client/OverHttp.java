package org.pocketbench.core.client;

import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.pocketbench.core.Refused;

/**
 * HTTP over one connection as long as the service keeps it; where it does not, a round trip has the making of the next one in it. Written out on a
 * socket: Android's own client refuses plain HTTP, to this device itself too, unless an app allows it to everybody.
 */
final class OverHttp implements Service {
    private final int port;
    private final String heads;
    private Socket socket;
    private HttpAnswer in;

    OverHttp(int port, String token) throws IOException {
        if (!token.matches("[!-~]{1,200}")) {
            throw new Refused("device-refused", "no header can be made of this token");
        }
        this.port = port;
        heads = "POST /infer HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\nAuthorization: Bearer " + token
                + "\r\nContent-Type: application/octet-stream\r\nContent-Length: ";
        connect();
    }

    @Override
    public long infer(byte[] row, byte[] answer) throws IOException {
        if (socket == null) {
            connect();
        }
        byte[] head = (heads + row.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
        socket.getOutputStream().write(ByteBuffer.allocate(head.length + row.length).put(head).put(row).array());
        in.head();
        long ns = Nanoseconds.of(in.header("inference-ns"));
        in.body(answer);
        if (in.closes()) {
            close();
        }
        return ns;
    }

    @Override
    public void close() throws IOException {
        Socket last = socket;
        socket = null;
        if (last != null) {
            last.close();
        }
    }

    private void connect() throws IOException {
        socket = Loopback.connected(port);
        in = new HttpAnswer(socket.getInputStream());
    }
}
