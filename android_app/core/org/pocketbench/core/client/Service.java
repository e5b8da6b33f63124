package org.pocketbench.core.client;

import java.io.Closeable;
import java.io.IOException;

/** A service of this device that has let us in. */
interface Service extends Closeable {
    /**
     * Sends one row and waits for its outputs, as many bytes as {@code answer} holds; how many nanoseconds the inference took by the service's
     * clock. Throws Refused for an answer that is none, IOException where the service is gone.
     */
    long infer(byte[] row, byte[] answer) throws IOException;
}
