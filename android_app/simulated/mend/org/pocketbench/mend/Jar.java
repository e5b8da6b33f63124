package org.pocketbench.mend;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/** Jars as files by name, in memory; nothing is unpacked to a folder. */
final class Jar {
    /** The day that every file of a jar is said to be of, so that the same classes give the same bytes. */
    private static final long DAY = 347155200000L;
    private static final int MOST_BYTES = 256 << 20;

    private Jar() { }

    /** The files of a jar, at most 256 MiB together. */
    static Map<String, byte[]> read(Path path) throws IOException {
        Map<String, byte[]> files = new TreeMap<>();
        int left = MOST_BYTES;
        try (ZipFile jar = new ZipFile(path.toFile())) {
            for (ZipEntry entry : (Iterable<ZipEntry>) jar.stream().map(ZipEntry.class::cast)::iterator) {
                if (!entry.isDirectory()) {
                    byte[] bytes = bytes(jar, entry, left);
                    left -= bytes.length;
                    files.put(entry.getName(), bytes);
                }
            }
        }
        return files;
    }

    /** The bytes of an entry, never more than {@code most}, whatever the entry says of its size. */
    static byte[] bytes(ZipFile jar, ZipEntry entry, int most) throws IOException {
        try (InputStream stream = jar.getInputStream(entry)) {
            byte[] bytes = stream.readNBytes(most);
            if (stream.read() >= 0) {
                throw new IOException(entry.getName() + ": more than " + most + " bytes are left for it");
            }
            return bytes;
        }
    }

    /** Writes files in the order of the map. */
    static void write(Map<String, byte[]> files, Path path) throws IOException {
        try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(path))) {
            for (Map.Entry<String, byte[]> file : files.entrySet()) {
                ZipEntry entry = new ZipEntry(file.getKey());
                entry.setTime(DAY);
                out.putNextEntry(entry);
                out.write(file.getValue());
            }
        }
    }
}
