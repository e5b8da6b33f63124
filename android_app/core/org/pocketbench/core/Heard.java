package org.pocketbench.core;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What this process's own lines of the log said while a model was loaded: some libraries say there, and nowhere else, what they chose. */
public final class Heard {
    public final List<String> lines;
    private final List<String> earlier;

    public Heard(List<String> lines) {
        this(List.of(), lines);
    }

    /** {@code earlier}: what was said of models that this process had loaded before. */
    public Heard(List<String> earlier, List<String> lines) {
        this.earlier = List.copyOf(earlier);
        this.lines = List.copyOf(lines);
    }

    public static Heard nothing() {
        return new Heard(List.of());
    }

    /** Whether one of the lines holds these words. */
    public boolean says(String words) {
        return lines.stream().anyMatch(line -> line.contains(words));
    }

    /** Whether one of the lines holds these words, or one that an earlier load brought: some things are said once in a process. */
    public boolean everSaid(String words) {
        return says(words) || earlier.stream().anyMatch(line -> line.contains(words));
    }

    /** The first line in which a pattern is found. */
    public Optional<Matcher> first(Pattern pattern) {
        return lines.stream().map(pattern::matcher).filter(Matcher::find).findFirst();
    }
}
