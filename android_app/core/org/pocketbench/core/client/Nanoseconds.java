package org.pocketbench.core.client;

import org.pocketbench.core.Refused;

/** How long an inference took, as a service tells it. */
final class Nanoseconds {
    private Nanoseconds() { }

    /** The number. Throws Refused ({@code protocol}) for what is none. */
    static long of(String told) {
        if (!told.matches("[0-9]{1,18}")) {
            throw new Refused("protocol", "the service says that an inference took '" + told.substring(0, Math.min(40, told.length())) + "' ns");
        }
        return Long.parseLong(told);
    }
}
