package org.pocketbench.core;

import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The high-water mark of this process's resident memory: VmHWM of Linux. */
final class HighWater {
    private static final Pattern MARK = Pattern.compile("^VmHWM:\\s+(\\d{1,15}) kB$", Pattern.MULTILINE);

    private HighWater() { }

    /** Brings the mark down to what is resident now, where that is permitted; otherwise it stays that since the process began. */
    static void reset() {
        try (OutputStream refs = new FileOutputStream("/proc/self/clear_refs")) {
            refs.write('5');
        } catch (IOException notPermitted) {
            return;
        }
    }

    /** The mark in bytes, null where the system shows none. */
    static Long bytes() {
        try {
            Matcher found = MARK.matcher(new String(Files.readAllBytes(new File("/proc/self/status").toPath()), StandardCharsets.UTF_8));
            return found.find() ? Long.valueOf(Long.parseLong(found.group(1)) * 1024) : null;
        } catch (IOException shownToNobody) {
            return null;
        }
    }
}
