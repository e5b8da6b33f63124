package org.pocketbench.core.client;

import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import org.pocketbench.core.Refused;

/** The answers that come over one connection, one after another: a status, headers, a body whose length they tell. */
final class HttpAnswer {
    private static final int MAX_LINE = 4096;
    private static final int MAX_HEADERS = 64;

    private final DataInputStream in;
    private final Map<String, String> headers = new HashMap<>();
    private String version;

    HttpAnswer(InputStream from) {
        in = new DataInputStream(new BufferedInputStream(from));
    }

    /** Reads up to the body. Throws Refused for an answer that is not 200: {@code device-refused} where it is 401. */
    void head() throws IOException {
        String[] status = line().split(" ", 3);
        if (status.length < 2 || !status[0].startsWith("HTTP/1.")) {
            throw new Refused("protocol", "the service does not answer in HTTP");
        }
        if (!status[1].equals("200")) {
            throw new Refused("device-refused", status[1].equals("401") ? "the service knows another token" : "the service answered with status " + status[1]);
        }
        version = status[0];
        headers.clear();
        for (String line = line(); !line.isEmpty(); line = line()) {
            int colon = line.indexOf(':');
            if (colon < 1 || headers.size() >= MAX_HEADERS) {
                throw new Refused("protocol", "the service's headers are none");
            }
            headers.put(line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).trim());
        }
    }

    /** A header's value, "" where there is none; {@code name} in small letters. */
    String header(String name) {
        return headers.getOrDefault(name, "");
    }

    /** Receives the body, which must have as many bytes as {@code into} holds. */
    void body(byte[] into) throws IOException {
        if (!header("content-length").equals(Integer.toString(into.length))) {
            throw new Refused("shape-mismatch", "the service's outputs have " + header("content-length") + " bytes, the order's " + into.length);
        }
        in.readFully(into);
    }

    /** Whether the connection ends with this answer. */
    boolean closes() {
        String word = header("connection").toLowerCase(Locale.ROOT);
        return word.equals("close") || version.equals("HTTP/1.0") && !word.equals("keep-alive");
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int one = in.read(); one != '\n'; one = in.read()) {
            if (one < 0) {
                throw new EOFException("it closed the connection");
            }
            if (line.length() >= MAX_LINE) {
                throw new Refused("protocol", "the service's headers are too long");
            }
            line.append((char) one);
        }
        int end = line.length();
        return end > 0 && line.charAt(end - 1) == '\r' ? line.substring(0, end - 1) : line.toString();
    }
}
