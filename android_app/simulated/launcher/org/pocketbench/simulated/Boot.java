package org.pocketbench.simulated;

import android.app.InstrumentedApp;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where an app's process begins: its name, what the runtime says of itself, the libraries, and only then the framework's classes. */
public final class Boot {
    private static final int MAX_NAME = 15;

    private Boot() { }

    /** {@code extras}: a name and a value at a time. */
    public static void main(String[] extras) throws Exception {
        Given given = new Given();
        call(given.text("package"));
        System.setProperty("java.vendor", "The Android Project"); // how libraries see that they are on Android
        System.setProperty("java.vm.name", "Dalvik");
        Libraries.load(given);
        LogStream.install();
        new InstrumentedApp(given).run(extras);
    }

    /** Is shown under that name by {@code ps}. */
    private static void call(String name) throws IOException {
        byte[] bytes = name.substring(0, Math.min(MAX_NAME, name.length())).getBytes(StandardCharsets.US_ASCII);
        Files.write(Path.of("/proc/self/comm"), bytes);
    }
}
