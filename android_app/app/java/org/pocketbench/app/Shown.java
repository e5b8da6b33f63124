package org.pocketbench.app;

import android.app.Activity;
import android.view.View;
import android.view.ViewGroup;
import java.lang.ref.WeakReference;

/** A page where a person can see it: WebViews that are in no window draw nothing, and run their timers late. The main thread's. */
public final class Shown {
    private static WeakReference<Activity> front = new WeakReference<>(null);

    private Shown() { }

    static void in(Activity activity) {
        front = new WeakReference<>(activity);
    }

    /** Puts a View over what the Activity shows, where there is one. */
    public static void put(Object view) {
        Activity activity = front.get();
        if (activity != null && !activity.isFinishing()) {
            activity.addContentView((View) view, new ViewGroup.LayoutParams(ViewGroup.LayoutParams.MATCH_PARENT, ViewGroup.LayoutParams.MATCH_PARENT));
        }
    }

    /** Takes it away. */
    public static void take(Object view) {
        if (front.get() != null && ((View) view).getParent() instanceof ViewGroup) {
            ((ViewGroup) ((View) view).getParent()).removeView((View) view);
        }
    }
}
