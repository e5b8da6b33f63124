package org.pocketbench.simulated;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/** The phone around this process: how it is right now, as its services know it. They are asked as the shell's programs ask. */
public final class Phone {
    private static final UnixDomainSocketAddress PLACE = UnixDomainSocketAddress.of("/dev/socket/pocketbench");
    private static final String STATE = "/framework/state";
    private static final int MAX_FRAME = 1 << 18;

    private final Map<String, Long> state = new HashMap<>();

    private Phone(String lines) {
        for (String line : lines.split("\n")) {
            int equals = line.indexOf('=');
            if (equals > 0) {
                state.put(line.substring(0, equals), Long.parseLong(line.substring(equals + 1)));
            }
        }
    }

    /** Throws IllegalStateException when the phone is going down. */
    public static Phone now() {
        try (SocketChannel phone = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            phone.connect(PLACE);
            phone.write(frame('w', ("/\0" + STATE).getBytes(StandardCharsets.UTF_8)));
            return new Phone(said(new DataInputStream(Channels.newInputStream(phone))));
        } catch (IOException gone) {
            throw new IllegalStateException("the phone's services do not answer", gone);
        }
    }

    public boolean has(String name) {
        return state.containsKey(name);
    }

    public long number(String name) {
        return state.getOrDefault(name, 0L);
    }

    /** One byte (what it is), four (how long, the least significant first), data. */
    static ByteBuffer frame(char kind, byte[] data) {
        return ByteBuffer.allocate(5 + data.length).order(ByteOrder.LITTLE_ENDIAN).put((byte) kind).putInt(data.length).put(data).flip();
    }

    private static String said(DataInputStream answers) throws IOException {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        for (char kind = (char) answers.readByte(); kind != 'x'; kind = (char) answers.readByte()) {
            byte[] data = new byte[Math.min(MAX_FRAME, Integer.reverseBytes(answers.readInt()))];
            answers.readFully(data);
            said.writeBytes(data);
        }
        return said.toString(StandardCharsets.UTF_8);
    }
}
