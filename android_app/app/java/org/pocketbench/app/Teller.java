package org.pocketbench.app;

/** Tells who started an instrumentation something while it goes on. */
interface Teller {
    void say(String key, String value);
}
