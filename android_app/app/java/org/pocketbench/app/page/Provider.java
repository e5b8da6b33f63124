package org.pocketbench.app.page;

import android.content.pm.PackageInfo;
import android.webkit.WebView;
import org.pocketbench.core.Refused;

/** The WebView of this phone, which is an app of its own that is updated by itself. */
public final class Provider {
    /** ES2022, of which the page is, and WebAssembly with SIMD (91): all of it since Chromium 94. */
    static final int OLDEST = 94;

    private Provider() { }

    /** Its package and version, {@code com.google.android.webview 131.0.6778.39}; empty where this phone has none. */
    public static String told() {
        PackageInfo found = WebView.getCurrentWebViewPackage();
        return found == null ? "" : found.packageName + " " + found.versionName;
    }

    /** Refuses a phone without a WebView ({@code toolchain-missing}), and one that is too old ({@code device-too-old}). */
    static void check() {
        PackageInfo found = WebView.getCurrentWebViewPackage();
        if (found == null) {
            throw new Refused("toolchain-missing", "this phone has no WebView, or it is switched off");
        }
        String major = String.valueOf(found.versionName).split("\\.")[0];
        if (major.matches("[0-9]{1,6}") && Integer.parseInt(major) < OLDEST) {
            throw new Refused("device-too-old", "this phone's WebView is " + found.versionName + ", and TensorFlow.js here needs " + OLDEST + " or newer");
        }
    }
}
