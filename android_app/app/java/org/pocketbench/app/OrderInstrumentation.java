package org.pocketbench.app;

import android.app.Activity;
import android.app.Instrumentation;
import android.os.Bundle;
import android.util.Log;
import org.pocketbench.core.Refused;

/**
 * The door for a computer: {@code am instrument -w -r -e order ID org.pocketbench.app/.OrderInstrumentation} carries out one order and ends.
 *
 * <p>Its result is {@code pocketbench=done} or {@code failed}; {@code message} says why where there is no report that could.
 */
public class OrderInstrumentation extends Instrumentation {
    private Bundle arguments;

    @Override
    public void onCreate(Bundle given) {
        super.onCreate(given);
        arguments = given == null ? new Bundle() : given;
        start();
    }

    @Override
    public void onStart() {
        super.onStart();
        Bundle result = new Bundle();
        boolean done = false;
        try {
            done = new Errand(getTargetContext(), this::say, arguments).run();
        } catch (Throwable error) { // the shell's side is told in any case
            Log.e(Logcat.TAG, "no order was carried out", error);
            result.putString("message", (error instanceof Refused ? error.getMessage() : error.toString()).replace('\n', ' '));
        }
        result.putString("pocketbench", done ? "done" : "failed");
        finish(Activity.RESULT_OK, result);
    }

    /** One INSTRUMENTATION_STATUS line. */
    private void say(String key, String value) {
        Bundle status = new Bundle();
        status.putString(key, value);
        sendStatus(1, status);
    }
}
