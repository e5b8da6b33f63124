package org.pocketbench.app;

/** What is shown to a person, and whether it is in front: what an order's thread and the Activity know of each other. */
final class Screen {
    private static boolean inFront;
    private static String running = "";
    private static Runnable watcher;

    private Screen() { }

    static synchronized boolean inFront() {
        return inFront;
    }

    static synchronized void setInFront(boolean now) {
        inFront = now;
        Screen.class.notifyAll();
    }

    /** Waits until the Activity is in front, but not for ever. */
    static synchronized void awaitFront(long atMostMs) throws InterruptedException {
        long until = System.currentTimeMillis() + atMostMs;
        for (long left = atMostMs; !inFront && left > 0; left = until - System.currentTimeMillis()) {
            Screen.class.wait(left);
        }
    }

    /** What runs; empty when nothing does. */
    static synchronized String running() {
        return running;
    }

    /** Tells what runs from now on; nothing is redrawn until the next call. */
    static void tell(String what) {
        Runnable told;
        synchronized (Screen.class) {
            running = what;
            told = watcher;
        }
        if (told != null) {
            told.run();
        }
    }

    /** Who is told; null for nobody. */
    static synchronized void watch(Runnable who) {
        watcher = who;
    }
}
