package org.pocketbench.core.client;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import com.eclipsesource.json.ParseException;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.pocketbench.core.Refused;

/** Frames over a socket to this device's own loopback: a length, a header in JSON, and bytes. {@code android_app/protocol/README.md} has them. */
final class Frames implements Closeable {
    private static final int MAX_HEAD_BYTES = 1 << 20;

    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;

    Frames(Socket socket) throws IOException {
        this.socket = socket;
        in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
        out = socket.getOutputStream();
    }

    /** Sends one frame in one piece: two pieces are two packets. */
    void send(JsonObject fields, byte[] body) throws IOException {
        byte[] head = fields.add("bytes", body.length).toString().getBytes(StandardCharsets.UTF_8);
        out.write(ByteBuffer.allocate(Integer.BYTES + head.length + body.length).putInt(head.length).put(head).put(body).array());
    }

    /** Receives a header that says this; its bytes are still to be read. Throws Refused for any other. */
    JsonObject receive(String say) throws IOException {
        int length = in.readInt();
        if (length < 2 || length > MAX_HEAD_BYTES) {
            throw broken("a header of " + length + " bytes");
        }
        byte[] text = new byte[length];
        in.readFully(text);
        JsonObject head = head(text);
        if (!say.equals(text(head, "say"))) {
            throw new Refused("device-refused", "the service said " + cut(head) + ", not " + say);
        }
        return head;
    }

    /** Receives the bytes of a frame, which must be as many as {@code into} holds. */
    void body(JsonObject head, byte[] into) throws IOException {
        JsonValue bytes = head.get("bytes");
        if (bytes == null || !bytes.toString().equals(Integer.toString(into.length))) {
            throw new Refused("shape-mismatch", "the service's outputs have " + bytes + " bytes, the order's " + into.length);
        }
        in.readFully(into);
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }

    /** A field that must be text. */
    static String text(JsonObject head, String name) {
        JsonValue value = head.get(name);
        if (value == null || !value.isString()) {
            throw broken(name + " is no text");
        }
        return value.asString();
    }

    private static JsonObject head(byte[] text) {
        try {
            return Json.parse(new String(text, StandardCharsets.UTF_8)).asObject();
        } catch (ParseException | UnsupportedOperationException error) {
            throw broken("no header");
        }
    }

    private static Refused broken(String how) {
        return new Refused("device-lost", "what the service sent is no frame: " + how);
    }

    private static String cut(JsonObject head) {
        String text = head.toString();
        return text.substring(0, Math.min(300, text.length()));
    }
}
