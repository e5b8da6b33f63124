package org.pocketbench.app;

import android.util.Log;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Timer;
import java.util.TimerTask;
import org.pocketbench.core.Heard;

/** This process's own lines of the system's log, which an app may read without asking. */
final class Logcat {
    static final String TAG = "pocketbench";
    private static final int MAX_CHARACTERS = 1024 * 1024;
    private static final long DEADLINE_MS = 10_000;

    private String first;
    private String marker;
    private int marks;

    /** Writes a line that what follows is found by. */
    void mark() {
        marker = "load " + ++marks + " of process " + android.os.Process.myPid();
        first = first == null ? marker : first;
        Log.i(TAG, marker);
    }

    /** The lines from the last mark on; nothing where the log does not have that, for nobody knows what else it lacks. At most the last MiB of them. */
    Heard heard() throws IOException {
        return since(first, marker, lines());
    }

    /** With the mark itself: a log that has it and no more has been heard. What lies between the first mark and that is of earlier loads. */
    static Heard since(String first, String marker, List<String> lines) {
        int from = last(marker, lines);
        if (from < 0) {
            return Heard.nothing();
        }
        int began = last(first, lines);
        return new Heard(began < 0 ? List.of() : lines.subList(began, from), lines.subList(from, lines.size()));
    }

    /** Where a mark stands last; -1 for none. */
    private static int last(String marker, List<String> lines) {
        int found = lines.size() - 1;
        while (found >= 0 && (marker == null || !lines.get(found).contains(marker))) {
            found--;
        }
        return found;
    }

    private static List<String> lines() throws IOException {
        Process logcat = new ProcessBuilder("logcat", "-d", "--pid=" + android.os.Process.myPid()).redirectErrorStream(true).start();
        Timer deadline = new Timer(true);
        deadline.schedule(new TimerTask() {
            @Override
            public void run() {
                logcat.destroy();
            }
        }, DEADLINE_MS);
        try (BufferedReader text = new BufferedReader(new InputStreamReader(logcat.getInputStream(), StandardCharsets.UTF_8))) {
            return last(text);
        } finally {
            deadline.cancel();
            logcat.destroy();
        }
    }

    private static List<String> last(BufferedReader text) throws IOException {
        List<String> lines = new ArrayList<>();
        int characters = 0;
        int dropped = 0;
        for (String line = text.readLine(); line != null; line = text.readLine()) {
            lines.add(line);
            characters += line.length();
            while (characters > MAX_CHARACTERS && dropped < lines.size()) {
                characters -= lines.get(dropped++).length();
            }
        }
        return lines.subList(dropped, lines.size());
    }
}
