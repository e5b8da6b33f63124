package org.pocketbench.core;

import com.eclipsesource.json.JsonValue;
import java.util.regex.Pattern;

/** Whole numbers of JSON: {@code 1}, not {@code 1.0} nor {@code 1e0}. */
final class Numbers {
    private static final Pattern WHOLE = Pattern.compile("-?[0-9]{1,19}");

    private Numbers() { }

    /** The number, null where the value is none or one that a long does not hold. */
    static Long whole(JsonValue value) {
        if (!value.isNumber() || !WHOLE.matcher(value.toString()).matches()) {
            return null;
        }
        try {
            return Long.valueOf(value.toString());
        } catch (NumberFormatException tooLarge) {
            return null;
        }
    }
}
