package org.pocketbench.core.client;

import com.eclipsesource.json.JsonObject;
import java.io.IOException;

/** Frames over a plain socket, after both ends have shown that they know the token. */
final class OverSocket implements Service {
    private final Frames frames;

    OverSocket(int port, String token) throws IOException {
        frames = new Frames(Loopback.connected(port));
        try {
            Handshake.with(frames, token);
        } catch (IOException | RuntimeException error) {
            frames.close();
            throw error;
        }
    }

    @Override
    public long infer(byte[] row, byte[] answer) throws IOException {
        frames.send(new JsonObject().add("say", "infer"), row);
        JsonObject head = frames.receive("answer");
        frames.body(head, answer);
        return Nanoseconds.of(String.valueOf(head.get("ns")));
    }

    @Override
    public void close() throws IOException {
        frames.close();
    }
}
