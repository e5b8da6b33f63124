package org.pocketbench.core;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.ParseException;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;

/** Reading {@code order.json}, bounded in size and in depth; nothing is known of its fields' types yet. */
final class OrderFile {
    static final String NAME = "order.json";
    static final long MAX_BYTES = 16L * 1024 * 1024;

    private OrderFile() { }

    /** The file's object. Throws Refused ({@code protocol}). */
    static JsonObject read(File folder) throws IOException {
        File file = new File(folder, NAME);
        if (file.length() > MAX_BYTES) {
            throw new Refused("protocol", NAME + " has more than " + MAX_BYTES + " bytes");
        }
        return parsed(Files.readAllBytes(file.toPath()));
    }

    static JsonObject parsed(byte[] bytes) {
        try {
            return Json.parse(StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString()).asObject();
        } catch (CharacterCodingException | ParseException | UnsupportedOperationException error) {
            throw new Refused("protocol", NAME + " is not an order: " + error.getMessage(), error);
        }
    }
}
