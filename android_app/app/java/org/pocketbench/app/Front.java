package org.pocketbench.app;

import android.content.Context;
import android.content.Intent;
import android.os.PowerManager;
import android.util.Log;
import java.io.Closeable;
import java.util.concurrent.TimeUnit;

/** The phone kept awake while an order runs, and the app in front where that is possible: phones give the cores they have to what is in front. */
final class Front implements Closeable {
    private static final long AT_MOST_MS = TimeUnit.HOURS.toMillis(2);
    private static final long SHOWN_MS = 5_000;
    /** Windows move for a while when they come: an animation's work is no measurement's. */
    private static final long SETTLED_MS = 500;

    private PowerManager.WakeLock awake;

    /** Neither is a condition of carrying out an order: what came of it stands in the conditions. */
    Front(Context context, boolean show) {
        try {
            awake = context.getSystemService(PowerManager.class).newWakeLock(PowerManager.PARTIAL_WAKE_LOCK, "pocketbench:order");
            awake.acquire(AT_MOST_MS);
            if (show) {
                context.startActivity(new Intent(context, MainActivity.class).addFlags(Intent.FLAG_ACTIVITY_NEW_TASK));
                Screen.awaitFront(SHOWN_MS);
                Thread.sleep(Screen.inFront() ? SETTLED_MS : 0);
            }
        } catch (RuntimeException | LinkageError | InterruptedException refused) {
            Log.w(Logcat.TAG, "not in front: " + refused);
        }
    }

    @Override
    public void close() {
        try {
            if (awake != null && awake.isHeld()) {
                awake.release();
            }
        } catch (RuntimeException gone) {
            Log.w(Logcat.TAG, "the wake lock was gone", gone);
        }
    }
}
