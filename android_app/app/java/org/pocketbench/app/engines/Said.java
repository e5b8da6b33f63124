package org.pocketbench.app.engines;

import java.util.List;
import org.pocketbench.core.Refused;

/** An engine's own words that stand for a reason: for an accelerator that the device has not, or an operation that the engine has not. */
final class Said {
    private static final int MAX_WORDS = 300;

    private Said() { }

    /** Throws Refused ({@code accelerator-absent}) where an error's message has one of some words; else nothing happens. */
    static void absent(Throwable error, List<String> words) {
        check("accelerator-absent", error, words);
    }

    /** Throws Refused ({@code operation-version}) where an error's message has one of some words; else nothing happens. */
    static void unknown(Throwable error, List<String> words) {
        check("operation-version", error, words);
    }

    private static void check(String reason, Throwable error, List<String> known) {
        String message = String.valueOf(error.getMessage()).replace('\n', ' ');
        for (String each : known) {
            int found = message.indexOf(each);
            if (found >= 0) { // a long path may come before the words
                int from = message.length() <= MAX_WORDS ? 0 : Math.max(0, Math.min(found - MAX_WORDS / 4, message.length() - MAX_WORDS));
                String words = message.substring(from, Math.min(from + MAX_WORDS, message.length()));
                throw new Refused(reason, from == 0 ? words : "..." + words, error);
            }
        }
    }
}
