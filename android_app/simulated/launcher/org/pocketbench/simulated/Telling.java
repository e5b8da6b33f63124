package org.pocketbench.simulated;

import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** What the activity manager is told of this process's instrumentation, in texts as {@code am} prints them. */
public final class Telling {
    private final OutputStream out;

    /** {@code descriptor}: the one that the phone's end of the pipe was opened with. Throws IOException. */
    public Telling(int descriptor) throws IOException {
        out = new FileOutputStream("/proc/self/fd/" + descriptor);
    }

    /** Says something; more is to come. */
    public void say(String text) {
        send('t', text);
    }

    /** Says the last of it: the phone ends this process now. */
    public void last(String text) {
        send('l', text);
        Runtime.getRuntime().halt(0);
    }

    /** Says that this app has no such instrumentation. */
    public void unknown(String text) {
        send('u', text);
        Runtime.getRuntime().halt(1);
    }

    private synchronized void send(char kind, String text) {
        try {
            out.write(Phone.frame(kind, text.getBytes(StandardCharsets.UTF_8)).array());
            out.flush();
        } catch (IOException gone) {
            Runtime.getRuntime().halt(1);
        }
    }
}
