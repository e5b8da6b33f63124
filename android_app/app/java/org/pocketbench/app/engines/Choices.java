package org.pocketbench.app.engines;

import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.pocketbench.core.Order;
import org.pocketbench.core.Refused;

/** The options of an engine and the values that each takes. */
final class Choices {
    /** Options that take a device's own name for something, and what such a name is made of. */
    private static final Map<String, Pattern> NAMES = Map.of("nnapi_accelerator", Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,63}"));

    private Choices() { }

    /** Throws Refused ({@code protocol}) for an option of the order that the engine does not have, or a value that the option does not. */
    static void check(Order order, Map<String, List<String>> known) {
        order.options.forEach((key, value) -> {
            if (!known.containsKey(key) || !known.get(key).contains(value) && !isName(key, value)) {
                throw new Refused("protocol", order.engine + " has no option " + key + "=" + value + "; known: " + known);
            }
        });
    }

    private static boolean isName(String option, String value) {
        return NAMES.containsKey(option) && NAMES.get(option).matcher(value).matches();
    }
}
