package org.pocketbench.core;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import java.util.Arrays;
import java.util.Locale;

/** A report in a few words, for the person who holds the phone. It is not sent: what counts is computed from the samples elsewhere. */
public final class Summary {
    private static final int MAX_LINE = 1024 * 1024;

    private final StringBuilder words = new StringBuilder();

    /** Takes one line of the report; a very long one tells a person nothing. */
    public void add(String line) {
        if (line.length() > MAX_LINE) {
            return;
        }
        JsonObject event = Json.parse(line).asObject();
        switch (event.getString("event", "")) {
            case "hello":
                words.append(event.getString("engine", "")).append(' ').append(event.getString("engine_version", ""));
                break;
            case "executed":
                words.append(" on ").append(event.getString("executed_on", ""));
                words.append(" (").append((event.getString("driver", "") + " " + event.getString("execution", "")).trim()).append(')');
                break;
            case "samples":
                samples(event.getString("phase", ""), event.get("ns").asArray(), event.getInt("batch", 1));
                break;
            case "outputs":
                words.append(", ").append(event.getInt("rows", 0)).append(" rows");
                break;
            case "memory":
                words.append(String.format(Locale.ROOT, ", peak %.1f MB", event.getLong("peak_bytes", 0) / 1e6));
                break;
            case "failed":
                words.append(", failed (").append(event.getString("reason", "")).append("): ").append(event.getString("message", ""));
                break;
            default:
        }
    }

    @Override
    public String toString() {
        return words.toString();
    }

    private void samples(String phase, JsonArray ns, int batch) {
        if (phase.equals("warmup") || ns.isEmpty()) {
            return;
        }
        double[] sorted = new double[ns.size()];
        for (int i = 0; i < sorted.length; i++) {
            sorted[i] = ns.get(i).asDouble() / batch;
        }
        Arrays.sort(sorted);
        words.append(String.format(Locale.ROOT, ", %s %.3f ms", phase, sorted[sorted.length / 2] / 1e6));
    }
}
