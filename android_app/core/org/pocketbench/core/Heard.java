package org.pocketbench.core;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What this process's own lines of the log said while a model was loaded: some libraries say there, and nowhere else, what they chose. */
public final class Heard {
    public final List<String> lines;

    public Heard(List<String> lines) {
        this.lines = List.copyOf(lines);
    }

    public static Heard nothing() {
        return new Heard(List.of());
    }

    /** Whether one of the lines holds these words. */
    public boolean says(String words) {
        return lines.stream().anyMatch(line -> line.contains(words));
    }

    /** The first line in which a pattern is found. */
    public Optional<Matcher> first(Pattern pattern) {
        return lines.stream().map(pattern::matcher).filter(Matcher::find).findFirst();
    }
}
