package org.pocketbench.simulated;

import java.io.File;

/** What this process was told of itself when it was started: the system properties {@code phone.NAME}. */
public final class Given {
    public String text(String name) {
        return System.getProperty("phone." + name, "");
    }

    public boolean is(String name) {
        return Boolean.parseBoolean(text(name));
    }

    public int number(String name) {
        return Integer.parseInt(text(name));
    }

    public File folder(String name) {
        return new File(text(name));
    }

    String[] list(String name) {
        return text(name).isEmpty() ? new String[0] : text(name).split(":");
    }
}
