package org.pocketbench.app.engines;

import java.util.List;
import java.util.Map;
import org.pocketbench.core.Order;
import org.pocketbench.core.Refused;

/** The options of an engine and the values that each takes. */
final class Choices {
    private Choices() { }

    /** Throws Refused ({@code protocol}) for an option of the order that the engine does not have, or a value that the option does not. */
    static void check(Order order, Map<String, List<String>> known) {
        order.options.forEach((key, value) -> {
            if (!known.containsKey(key) || !known.get(key).contains(value)) {
                throw new Refused("protocol", order.engine + " has no option " + key + "=" + value + "; known: " + known);
            }
        });
    }
}
