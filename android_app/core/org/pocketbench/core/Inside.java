package org.pocketbench.core;

import java.io.File;
import java.io.IOException;
import java.util.Arrays;

/** Names of files that lie inside a folder, links followed; any other is refused ({@code protocol}). */
final class Inside {
    private Inside() { }

    static File file(File folder, String name) throws IOException {
        boolean plain = !name.isEmpty() && name.indexOf('\0') < 0 && !new File(name).isAbsolute() && !Arrays.asList(name.split("/")).contains("..");
        if (plain) {
            File root = folder.getCanonicalFile();
            File file = new File(root, name).getCanonicalFile();
            if (!file.equals(root) && file.toPath().startsWith(root.toPath())) {
                return file;
            }
        }
        throw new Refused("protocol", Words.quoted(name.replace("\0", "\\0")) + " is not a file inside the order's folder");
    }
}
