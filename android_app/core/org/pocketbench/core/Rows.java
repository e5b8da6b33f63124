package org.pocketbench.core;

import java.io.Closeable;
import java.io.EOFException;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** The rows of an order's inputs, read one after another into the same memory. */
final class Rows implements Closeable {
    final ByteBuffer[] row;
    private final List<FileChannel> files = new ArrayList<>();

    Rows(Order order, File folder) throws IOException {
        row = Buffers.of(order.inputs);
        try {
            for (TensorFile tensor : order.inputs) {
                files.add(FileChannel.open(Inside.file(folder, tensor.file).toPath(), StandardOpenOption.READ));
            }
        } catch (IOException | RuntimeException error) {
            close();
            throw error;
        }
    }

    /** The first row alone. */
    static ByteBuffer[] first(Order order, File folder) throws IOException {
        try (Rows rows = new Rows(order, folder)) {
            return rows.next();
        }
    }

    /** The next row, ready to be read. */
    ByteBuffer[] next() throws IOException {
        for (int i = 0; i < row.length; i++) {
            row[i].clear();
            while (row[i].hasRemaining()) {
                if (files.get(i).read(row[i]) < 0) {
                    throw new EOFException("an input became shorter while it was read");
                }
            }
            row[i].flip();
        }
        return row;
    }

    @Override
    public void close() throws IOException {
        for (FileChannel file : files) {
            file.close();
        }
    }
}
