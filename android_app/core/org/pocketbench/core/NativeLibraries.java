package org.pocketbench.core;

import java.io.File;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;

/** Whether the engines' native libraries fit a device's memory pages: one laid out for pages of 4 KiB cannot be loaded where they have 16. */
public final class NativeLibraries {
    private static final Map<String, List<String>> OF = Map.of("tflite", List.of("libtensorflowlite"), "pytorch-lite",
            List.of("libpytorch", "libfbjni", "libc++_shared"), "onnxruntime", List.of("libonnxruntime"));

    private NativeLibraries() { }

    /** The names of the libraries in a folder that pages of this size are too large for. */
    public static List<String> unfit(File folder, long pageBytes) throws IOException {
        List<String> names = new ArrayList<>();
        File[] files = folder.listFiles((in, name) -> name.endsWith(".so"));
        for (File file : files == null ? new File[0] : files) {
            long alignment = Elf.alignment(file);
            if (alignment > 0 && alignment < pageBytes) {
                names.add(file.getName());
            }
        }
        Collections.sort(names);
        return names;
    }

    /** Refuses ({@code known-limit}) an engine one of whose libraries is unfit. */
    public static void check(String engine, File folder, long pageBytes) throws IOException {
        for (String name : unfit(folder, pageBytes)) {
            if (OF.getOrDefault(engine, List.of()).stream().anyMatch(name::startsWith)) {
                throw new Refused("known-limit", name + " is laid out for smaller memory pages than this device's, which have " + pageBytes
                        + " bytes: developer.android.com/guide/practices/page-sizes");
            }
        }
    }
}
