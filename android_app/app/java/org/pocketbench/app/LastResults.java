package org.pocketbench.app;

import android.content.Context;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;

/** The last results, a line each, newest first, kept in the app's own files for the person who opens it. */
final class LastResults {
    private static final int MOST = 20;
    private static final int MAX_LINE = 400;

    private final File file;

    LastResults(Context context) {
        file = new File(context.getFilesDir(), "last-results.txt");
    }

    List<String> lines() throws IOException {
        return file.isFile() ? Files.readAllLines(file.toPath(), StandardCharsets.UTF_8) : new ArrayList<>();
    }

    void add(String text) throws IOException {
        List<String> lines = lines();
        lines.add(0, text.substring(0, Math.min(MAX_LINE, text.length())).replaceAll("\\s+", " "));
        Files.write(file.toPath(), lines.subList(0, Math.min(MOST, lines.size())), StandardCharsets.UTF_8);
    }
}
