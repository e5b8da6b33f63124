package android.app;

import android.os.Bundle;
import java.util.TreeSet;

/** Statuses and results as {@code am instrument} prints them: all of them with {@code -r}, otherwise what they have for people. */
final class InstrumentationText {
    private final boolean raw;

    InstrumentationText(boolean raw) {
        this.raw = raw;
    }

    String status(int code, Bundle values) {
        return text("INSTRUMENTATION_STATUS: ", "INSTRUMENTATION_STATUS_CODE: ", code, values);
    }

    String result(int code, Bundle values) {
        return text("INSTRUMENTATION_RESULT: ", "INSTRUMENTATION_CODE: ", code, values);
    }

    private String text(String line, String last, int code, Bundle values) {
        String pretty = raw || values == null ? null : values.getString(Instrumentation.REPORT_KEY_STREAMRESULT);
        if (pretty != null) {
            return pretty;
        }
        StringBuilder text = new StringBuilder();
        for (String key : values == null ? new TreeSet<String>() : new TreeSet<>(values.keySet())) {
            text.append(line).append(key).append('=').append(values.get(key)).append('\n');
        }
        return text.append(last).append(code).toString();
    }
}
