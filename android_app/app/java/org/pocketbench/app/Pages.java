package org.pocketbench.app;

import android.content.Context;
import android.os.Build;
import android.system.Os;
import android.system.OsConstants;
import java.io.File;
import java.io.IOException;
import org.pocketbench.core.NativeLibraries;

/** This phone's memory pages, and whether the app's native libraries fit them. */
final class Pages {
    /** From Android 16 on, libraries for small pages are loaded all the same (android:pageSizeCompat). */
    private static final int LOADS_UNFIT = 36;

    private Pages() { }

    /** Refuses ({@code known-limit}) an engine that this phone cannot load for its pages. */
    static void check(String engine, Context context) throws IOException {
        String folder = context.getApplicationInfo().nativeLibraryDir;
        if (folder != null && Build.VERSION.SDK_INT < LOADS_UNFIT) {
            NativeLibraries.check(engine, new File(folder), Os.sysconf(OsConstants._SC_PAGESIZE));
        }
    }
}
