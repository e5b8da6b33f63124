package org.pocketbench.core;

import com.eclipsesource.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** How a device was before the first phase of an order and after each: looked at there, told with the report's last lines. */
final class Looks {
    static final String BEFORE = "before";
    /** More than an order has phases, and more than a phone says of itself. */
    private static final int MOST = 8;
    private static final int MAX_LINE = 8 * 1024;

    private final Supplier<JsonObject> device;
    private final List<JsonObject> seen = new ArrayList<>();

    /** {@code device} gives null where it tells nothing. */
    Looks(Supplier<JsonObject> device) {
        this.device = device;
    }

    /** Looks; {@code at} is {@code before} or the phase that is over. What is too much for a report is left out. */
    void take(String at) {
        JsonObject now = seen.size() < MOST ? device.get() : null;
        if (now != null && now.toString().length() <= MAX_LINE) {
            seen.add(new JsonObject().add("event", "conditions").add("at", at).merge(now));
        }
    }

    void tell(Report report) throws IOException {
        for (JsonObject one : seen) {
            report.conditions(one);
        }
    }
}
