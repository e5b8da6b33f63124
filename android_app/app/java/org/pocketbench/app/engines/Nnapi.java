package org.pocketbench.app.engines;

import android.os.Build;

/** What can be known of where NNAPI computes: until Android 10 it chooses by itself, and its own implementation for the CPU is among what it has. */
final class Nnapi {
    /** The value of {@code nnapi_accelerator} that leaves the choice to NNAPI. */
    static final String ANY = "any";
    /** NNAPI's own implementation for the CPU, by its name among a phone's accelerators (NDK, Neural Networks API, section Device assignment). */
    static final String REFERENCE = "nnapi-reference";

    private Nnapi() { }

    /** Whether this phone's NNAPI can be told which accelerators to take, and that the CPU is none. */
    static boolean canBeTold() {
        return Build.VERSION.SDK_INT >= Build.VERSION_CODES.Q;
    }
}
