package org.pocketbench.app.engines;

import java.util.List;
import org.pocketbench.core.Refused;

/** An engine's words for an accelerator that the device has not, told apart from those for a file that it does not take. */
final class Absent {
    private static final int MAX_WORDS = 300;

    private Absent() { }

    /** Throws Refused ({@code accelerator-absent}) where an error's message has one of some words; else nothing happens. */
    static void check(Throwable error, List<String> words) {
        String message = String.valueOf(error.getMessage());
        if (words.stream().anyMatch(message::contains)) {
            String line = message.replace('\n', ' ');
            throw new Refused("accelerator-absent", line.substring(0, Math.min(MAX_WORDS, line.length())), error);
        }
    }
}
