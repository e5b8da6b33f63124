package org.pocketbench.core;

import java.util.List;
import java.util.stream.Collectors;

/** Texts of messages, bounded, written as the other runners write them. */
final class Words {
    private static final int MAX_MESSAGE = 4000;

    private Words() { }

    static String cut(String text, int most) {
        return text.length() <= most ? text : text.substring(0, most);
    }

    static String quoted(String text) {
        return "'" + cut(text, 200) + "'";
    }

    static String quoted(List<String> texts) {
        return texts.stream().map(Words::quoted).collect(Collectors.joining(", ", "[", "]"));
    }

    /** What went wrong; what is not of this runner's own making is named by its type. */
    static String of(Throwable error) {
        String message = error.getMessage();
        return cut(error instanceof Refused ? message : error.getClass().getSimpleName() + ": " + message, MAX_MESSAGE);
    }
}
