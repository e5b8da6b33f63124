package org.pocketbench.simulated.web;

import android.webkit.ConsoleMessage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.json.JSONException;
import org.json.JSONObject;

/**
 * The Chromium that this process has for its WebViews, started with the first. It is told what to do over a pipe, and ends when that does: with this
 * process, however that ends.
 */
public final class Browser {
    private static final String PROGRAM = System.getenv().getOrDefault("POCKETBENCH_WEBVIEW", "");
    private static final String FLAGS = System.getenv().getOrDefault("POCKETBENCH_WEBVIEW_FLAGS", "");
    /** The shell puts the two pipes where Chromium looks for them, and lets it be alone with what it prints. */
    private static final String START = "exec \"$0\" \"$@\" 3<&0 4>&1 1>&2";

    private static Browser one;

    private final Wire wire;
    private final String version;

    private Browser() throws IOException, JSONException {
        List<String> words = new ArrayList<>(List.of("/system/bin/sh", "-c", START, PROGRAM, "--headless", "--remote-debugging-pipe", "--no-sandbox",
                "--no-first-run", "--disable-dev-shm-usage", "--disable-extensions", "--disable-background-networking", "--disable-component-update",
                "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND", "--user-data-dir=" + System.getProperty("java.io.tmpdir") + "/webview"));
        words.addAll(List.of(FLAGS.split(" ")));
        words.add("about:blank");
        wire = new Wire(new ProcessBuilder(words).redirectError(ProcessBuilder.Redirect.DISCARD).start());
        version = wire.ask(null, "Browser.getVersion", new JSONObject()).getString("product").replaceAll("^[^/]*/", "");
    }

    /** Whether this phone has a WebView. */
    public static boolean isHere() {
        return !PROGRAM.isEmpty();
    }

    /** Starts it where it is not there yet. Throws IllegalStateException where it does not start. */
    public static synchronized Browser get() {
        try {
            if (one == null) {
                one = new Browser();
            }
            return one;
        } catch (IOException | JSONException error) {
            throw new IllegalStateException("the phone's WebView does not start", error);
        }
    }

    public String version() {
        return version;
    }

    /** A new page, empty. */
    public Tab open(boolean scripts, Map<String, Object> interfaces, Tab.Listener listener) {
        try {
            return new Tab(wire, scripts, interfaces, listener);
        } catch (IOException error) {
            throw new UncheckedIOException(error);
        } catch (JSONException error) {
            throw new IllegalStateException(error);
        }
    }

    static ConsoleMessage message(String text) {
        return new ConsoleMessage(text, "", 0, ConsoleMessage.MessageLevel.LOG);
    }
}
