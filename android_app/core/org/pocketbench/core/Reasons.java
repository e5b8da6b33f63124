package org.pocketbench.core;

/** The reason, from the harness's closed list, that an error in a stage stands for. */
final class Reasons {
    private Reasons() { }

    static String of(Throwable error, String stage) {
        if (error instanceof Refused) {
            return ((Refused) error).reason;
        }
        if (error instanceof OutOfMemoryError) {
            return "memory-limit";
        }
        if (error instanceof LinkageError || error instanceof ClassNotFoundException) {
            return "toolchain-missing";
        }
        return stage.equals("load") ? "engine-cannot-read" : "engine-error";
    }
}
