package org.pocketbench.app;

import android.content.Context;
import java.io.Closeable;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.pocketbench.core.Refused;

/** Where an order lies and where report and outputs go: one folder; or, where ADB may not enter the app's, one of the shell's and one of the app's own. */
final class Folders implements Closeable {
    private static final String SHELLS = "/data/local/tmp/pocketbench/";
    private static final String REPORT = "report.jsonl";
    private static final int PIECE_BYTES = 48 * 1024;

    final File order;
    final File out;

    private Folders(File order, File out) {
        this.order = order;
        this.out = out;
    }

    /** {@code elsewhere}: a folder of the shell's, or null. Throws Refused for one that is not there, or is no folder of an order. */
    static Folders of(Context context, String id, String elsewhere) throws IOException {
        File order = elsewhere == null ? own(context, id) : new File(elsewhere).getCanonicalFile();
        if (elsewhere != null && !order.getPath().startsWith(SHELLS)) {
            throw new Refused("protocol", "an order's folder lies in this app's files, or in " + SHELLS);
        }
        if (!order.isDirectory()) {
            throw new Refused("device-lost", "there is no folder of order " + id + " that this app can enter");
        }
        File out = elsewhere == null ? order : new File(context.getFilesDir(), "orders/" + id);
        if (elsewhere != null) {
            clear(out);
            Files.createDirectories(out.toPath());
        }
        return new Folders(order, out);
    }

    private static File own(Context context, String id) {
        File files = context.getExternalFilesDir(null);
        if (files == null) {
            throw new Refused("device-lost", "this phone's shared storage is not there now");
        }
        return new File(files, "orders/" + id);
    }

    /** Who is told the report's lines: the shell's side, where it may not read the report itself. A long line comes in pieces. */
    Consumer<String> told(Teller teller) {
        return line -> {
            if (order.equals(out)) {
                return;
            }
            int from = 0;
            for (; line.length() - from > PIECE_BYTES; from += PIECE_BYTES) {
                teller.say("report_piece", line.substring(from, from + PIECE_BYTES));
            }
            teller.say("report", line.substring(from));
        };
    }

    /** Sends the outputs, {@code FILE:OFFSET:BASE64} at a time, where the shell's side may not read them itself. */
    void sendOutputs(Teller teller) throws IOException {
        if (order.equals(out)) {
            return;
        }
        try (Stream<Path> files = Files.walk(out.toPath())) {
            for (Path file : (Iterable<Path>) files.filter(Files::isRegularFile).sorted()::iterator) {
                String name = out.toPath().relativize(file).toString();
                if (!name.equals(REPORT)) {
                    send(teller, name, file.toFile());
                }
            }
        }
    }

    private static void send(Teller teller, String name, File file) throws IOException {
        byte[] piece = new byte[PIECE_BYTES];
        long offset = 0;
        try (InputStream content = Files.newInputStream(file.toPath())) {
            for (int count = content.read(piece); count >= 0; count = content.read(piece)) {
                teller.say("output", name + ":" + offset + ":" + Base64.getEncoder().encodeToString(Arrays.copyOf(piece, count)));
                offset += count;
            }
        }
    }

    /** What this app keeps of an order of the shell's goes with it. */
    @Override
    public void close() throws IOException {
        if (!order.equals(out)) {
            clear(out);
        }
    }

    private static void clear(File folder) throws IOException {
        File[] inside = folder.listFiles();
        for (File each : inside == null ? new File[0] : inside) {
            if (each.isDirectory() && !Files.isSymbolicLink(each.toPath())) {
                clear(each);
            } else {
                Files.delete(each.toPath());
            }
        }
        Files.deleteIfExists(folder.toPath());
    }
}
