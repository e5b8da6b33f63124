package org.pocketbench.simulated;

/** The system's libraries and the app's own, opened before any class that needs them. */
final class Libraries {
    private Libraries() { }

    /** Opens a library of Android's, apart from those of the runtime; null, or what was wrong. */
    private static native String open(String path);

    static void load(Given given) {
        System.load(given.text("natives"));
        for (String path : given.list("lookalikes")) {
            System.load(path);
        }
        for (String name : given.list("libraries")) {
            String wrong = open(given.text("lib") + "/" + name);
            if (wrong != null) {
                throw new UnsatisfiedLinkError(wrong);
            }
        }
    }
}
