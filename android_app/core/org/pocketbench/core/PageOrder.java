package org.pocketbench.core;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import com.eclipsesource.json.ParseException;
import java.io.Closeable;
import java.io.File;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One order that a page in a WebView carries out: what that may read and write. A page is not trusted: it reads no file that the order does not
 * name, and writes no more bytes than the order asks for. The bounds are those of the server that a page in a browser has.
 */
public final class PageOrder implements Closeable {
    public static final String ENGINE = "tfjs";
    static final int MAX_LINE = 64 * 1024 * 1024;
    static final long MAX_REPORT = 256L * 1024 * 1024;
    private static final int MAX_LAST_LINE = 64 * 1024;

    private final File folder;
    private final File out;
    private final Report report;
    private final Looks looks;
    private final CountDownLatch over = new CountDownLatch(1);
    private final StringBuilder begun = new StringBuilder();
    private final Set<String> inputs = new HashSet<>(Set.of(OrderFile.NAME));
    private final Map<String, Long> room = new HashMap<>();
    private JsonObject fields = new JsonObject();
    private String model = "";
    private boolean measured;
    private String stage = "";
    private long reported;
    private boolean greeted;
    private boolean ended;
    private boolean done;

    /** {@code told} hears each line of the report, {@code look} says how the device is. Throws IOException where no report can be written. */
    public PageOrder(File folder, File out, Consumer<String> told, Supplier<JsonObject> look) throws IOException {
        this.folder = folder;
        this.out = out;
        looks = new Looks(look);
        report = new Report(out, told);
    }

    /** Whether the order in a folder is one for a page; what cannot be read as an order is not. */
    public static boolean isIn(File folder) throws IOException {
        try {
            return Json.value(ENGINE).equals(OrderFile.read(folder).get("engine"));
        } catch (Refused unread) {
            return false;
        }
    }

    /** Reads the order. Throws Refused for one that cannot be kept. */
    public void open() throws IOException {
        fields = OrderFile.read(folder);
        Order order = OrderCheck.checked(fields, folder);
        if (order.kind.equals("serve")) {
            throw new Refused("protocol", Protocol.RUNNER + " is no service");
        }
        model = order.model;
        measured = order.kind.equals("timing");
        order.inputs.forEach(tensor -> inputs.add(tensor.file));
        for (TensorFile tensor : order.outputs) {
            room.put(tensor.file, Math.multiplyExact(tensor.rowBytes(), (long) order.rows));
            Inside.file(out, tensor.file).delete();
        }
    }

    /** A file that the page may read: the order, an input, the model or a file of the model's folder; null for any other. */
    public File file(String name) throws IOException {
        if (!inputs.contains(name) && !name.equals(model) && !(name.startsWith(model + "/") && !model.isEmpty())) {
            return null;
        }
        try {
            File file = Inside.file(folder, name);
            return file.isFile() && file.equals(new File(folder.getCanonicalFile(), name)) ? file : null;
        } catch (Refused outside) {
            return null;
        }
    }

    /** The page begins a stage: what is measured goes on once the device was looked at. */
    public synchronized void stage(String name) {
        if (measured && !ended) {
            looks.take(stage.isEmpty() ? Looks.BEFORE : stage);
            stage = Protocol.PHASES.contains(name) ? name : "";
        }
    }

    /** Takes a piece of the report, of which whole lines are written. Throws Refused ({@code protocol}) for more than a report may have. */
    public synchronized void report(String piece) throws IOException {
        if (!stage.isEmpty()) { // the page says nothing before its last phase is over
            looks.take(stage);
            stage = "";
        }
        for (int from = 0; from < piece.length() && !ended;) {
            int end = piece.indexOf('\n', from);
            begun.append(piece, from, end < 0 ? piece.length() : end);
            reported += (end < 0 ? piece.length() : end + 1) - from;
            if (begun.length() > MAX_LINE || reported > MAX_REPORT) {
                throw new Refused("protocol", "the page's report is longer than it may be");
            }
            from = end < 0 ? piece.length() : end + 1;
            if (end >= 0) {
                take(begun.toString());
                begun.setLength(0);
            }
        }
    }

    /** Appends to an output. Throws Refused ({@code protocol}) for what is none of the order's, or larger than ordered. */
    public synchronized void output(String name, byte[] bytes) throws IOException {
        Long left = room.get(name);
        if (left == null || bytes.length > left) {
            throw new Refused("protocol", "the order has no output " + Words.quoted(name) + (left == null ? "" : " of more than " + left + " bytes more"));
        }
        if (ended) {
            return;
        }
        room.put(name, left - bytes.length);
        try (OutputStream file = new FileOutputStream(Inside.file(out, name), true)) {
            file.write(bytes);
        }
    }

    /** What ends the order before the page has; nothing where the page has said its last line. */
    public synchronized void failed(Throwable error) throws IOException {
        if (ended) {
            return;
        }
        if (!greeted) {
            report.hello(fields.getString("order", ""), ENGINE, "");
        }
        report.failed("open", Reasons.of(error, "open"), Words.of(error));
        end(false);
    }

    /** Waits for the last line. */
    public void await() throws InterruptedException {
        over.await();
    }

    /** Whether the last line is {@code done}. */
    public synchronized boolean isDone() {
        return done;
    }

    @Override
    public synchronized void close() throws IOException {
        end(false);
        report.close();
    }

    private void take(String line) throws IOException {
        String event = event(line);
        greeted = true;
        if (event.equals("done")) {
            looks.tell(report);
        }
        report.passed(line);
        if (event.equals("done") || event.equals("failed")) {
            end(event.equals("done"));
        }
    }

    private void end(boolean well) {
        done = ended ? done : well;
        ended = true;
        over.countDown();
    }

    /** What a line says that it is; a long one is none of the last. */
    private static String event(String line) {
        if (line.length() > MAX_LAST_LINE) {
            return "";
        }
        try {
            JsonValue said = Json.parse(line);
            return said.isObject() ? said.asObject().getString("event", "") : "";
        } catch (ParseException | UnsupportedOperationException garbled) {
            return "";
        }
    }
}
