package org.pocketbench.core;

import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** An order's output files, written row after row as the rows come. */
final class OutputFiles implements Closeable {
    private final List<FileChannel> files = new ArrayList<>();

    OutputFiles(Order order, File folder) throws IOException {
        try {
            for (TensorFile tensor : order.outputs) {
                files.add(FileChannel.open(Inside.file(folder, tensor.file).toPath(), StandardOpenOption.CREATE, StandardOpenOption.WRITE,
                        StandardOpenOption.TRUNCATE_EXISTING));
            }
        } catch (IOException | RuntimeException error) {
            close();
            throw error;
        }
    }

    void write(ByteBuffer[] row) throws IOException {
        for (int i = 0; i < row.length; i++) {
            while (row[i].hasRemaining()) {
                files.get(i).write(row[i]);
            }
        }
    }

    @Override
    public void close() throws IOException {
        for (FileChannel file : files) {
            file.close();
        }
    }
}
