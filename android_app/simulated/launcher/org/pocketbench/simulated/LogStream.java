package org.pocketbench.simulated;

import android.util.Log;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

/** Standard output as apps have it: lines of the log. */
final class LogStream extends OutputStream {
    private static final int MAX_BYTES = 4000;

    private final int level;
    private final String tag;
    private final ByteArrayOutputStream line = new ByteArrayOutputStream();

    private LogStream(int level, String tag) {
        this.level = level;
        this.tag = tag;
    }

    static void install() {
        System.setOut(new PrintStream(new LogStream(Log.INFO, "System.out"), true, StandardCharsets.UTF_8));
        System.setErr(new PrintStream(new LogStream(Log.WARN, "System.err"), true, StandardCharsets.UTF_8));
    }

    @Override
    public synchronized void write(int next) {
        if (next != '\n') {
            line.write(next);
        }
        if (next == '\n' || line.size() >= MAX_BYTES) {
            Log.println(level, tag, line.toString(StandardCharsets.UTF_8));
            line.reset();
        }
    }
}
