package org.pocketbench.core;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;

/** What is read of an ELF file: how its segments are aligned in memory. Layout: the System V ABI, chapters 4 and 5, and its 64-bit form. */
final class Elf {
    private static final int MAGIC = 0x464c457f;
    private static final int LOAD = 1;
    private static final int MAX_HEADERS = 1024;

    private Elf() { }

    /** The smallest alignment, in bytes, of a segment that is loaded; 0 for what is no ELF file. */
    static long alignment(File file) throws IOException {
        try (FileChannel channel = FileChannel.open(file.toPath(), StandardOpenOption.READ)) {
            ByteBuffer head = read(channel, 0, 64);
            if (head.limit() < 64 || head.getInt(0) != MAGIC) {
                return 0;
            }
            boolean wide = head.get(4) == 2;
            long start = wide ? head.getLong(32) : head.getInt(28);
            int size = head.getShort(wide ? 54 : 42);
            int count = head.getShort(wide ? 56 : 44);
            if (start < 0 || size < (wide ? 56 : 32) || count < 0 || count > MAX_HEADERS) {
                return 0;
            }
            return smallest(read(channel, start, size * count), size, wide);
        }
    }

    private static long smallest(ByteBuffer headers, int size, boolean wide) {
        long smallest = 0;
        for (int at = 0; at + size <= headers.limit(); at += size) {
            long alignment = wide ? headers.getLong(at + 48) : headers.getInt(at + 28);
            if (headers.getInt(at) == LOAD && (smallest == 0 || alignment < smallest)) {
                smallest = alignment;
            }
        }
        return smallest;
    }

    private static ByteBuffer read(FileChannel channel, long from, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        long at = from;
        for (int some = 0; some >= 0 && bytes.hasRemaining(); at += some) {
            some = channel.read(bytes, at);
        }
        bytes.flip();
        return bytes;
    }
}
