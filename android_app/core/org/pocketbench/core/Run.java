package org.pocketbench.core;

import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * One order being carried out, from hello to done. It obeys: it never averages, scores, quantises or transposes. {@code folder} holds the order
 * and every file that it names; report and outputs are written into {@code out}, the same folder where the app may write there.
 */
public final class Run {
    private static final int MEMORY_RUNS = 3;

    private final File folder;
    private final File out;
    private final Device device;
    private final Looks looks;
    private Report report;
    private Order order;
    private Model model;
    private String stage = "open";

    public Run(File folder, File out, Device device) {
        this.folder = folder;
        this.out = out;
        this.device = device;
        looks = new Looks(device::look);
    }

    /** Opens, does what the order's kind says, closes, and writes the last line; whether it is {@code done}. Throws only where no report can be written. */
    public boolean carryOut() throws IOException {
        try (Report opened = new Report(out, device::said)) {
            report = opened;
            try {
                openAndWork();
            } catch (Throwable error) { // whatever it is, the report says so
                device.failed(error);
                report.failed(stage, Reasons.of(error, stage), Words.of(error));
                return false;
            }
            report.done();
            return true;
        }
    }

    /** The model is let go of whatever happens. */
    private void openAndWork() throws Exception {
        try {
            open();
            work();
        } finally {
            if (model != null) {
                model.close();
            }
        }
    }

    /** Reads the order and opens its engine. The hello is said in any case. */
    private void open() throws Exception {
        JsonObject fields = new JsonObject();
        String version = "";
        try {
            fields = OrderFile.read(folder);
            order = OrderCheck.checked(fields, folder);
            if (order.kind.equals("serve")) {
                throw new Refused("protocol", Protocol.RUNNER + " is no service");
            }
            Engine engine = device.engine(order.engine);
            if (!engine.accelerators().contains(order.accelerator)) {
                throw new Refused("accelerator-absent", order.engine + " runs on " + String.join(", ", engine.accelerators()) + " here, not on "
                        + order.accelerator);
            }
            model = new Model(engine, order, Inside.file(folder, order.model));
            version = engine.version();
        } finally {
            report.hello(said(fields, "order"), said(fields, "engine"), version);
        }
    }

    private void work() throws Exception {
        switch (order.kind) {
            case "timing":
                timing();
                break;
            case "outputs":
                outputs();
                break;
            default:
                memory();
        }
    }

    /** Times each phase in turn and looks at the device in between. Nothing is written before the last sample of the last phase. */
    private void timing() throws Exception {
        ByteBuffer[] row = Rows.first(order, folder);
        List<Samples> samples = new ArrayList<>();
        looks.take(Looks.BEFORE);
        for (Phase phase : order.phases) {
            stage = phase.name;
            if (stage.equals("load")) {
                samples.add(Samples.take(phase, 1, this::fresh, model::load, System::nanoTime));
                check();
                model.feed(row);
            } else {
                samples.add(Samples.take(phase, stage.equals("first") ? 1 : order.batch, () -> { }, model.invoke(), model.inference(), System::nanoTime));
            }
            looks.take(phase.name);
        }
        report.executed(model.executed(device.heard()));
        for (Samples taken : samples) {
            report.samples(taken);
        }
        looks.tell(report);
    }

    /** Runs all rows one after another and writes what comes out as it comes. */
    private void outputs() throws Exception {
        load();
        stage = "outputs";
        ByteBuffer[] results = Buffers.of(order.outputs);
        Call invoke = model.invoke();
        try (Rows rows = new Rows(order, folder); OutputFiles files = new OutputFiles(order, out)) {
            for (int i = 0; i < order.rows; i++) {
                model.feed(rows.next());
                invoke.go();
                model.take(results);
                files.write(results);
            }
        }
        report.executed(model.executed(device.heard()));
        report.outputs(order.rows);
    }

    /** Reports the high-water mark of resident memory before load, and after load and a few inferences. */
    private void memory() throws Exception {
        ByteBuffer[] row = Rows.first(order, folder);
        looks.take(Looks.BEFORE);
        HighWater.reset();
        Long before = HighWater.bytes();
        load();
        stage = "memory";
        model.feed(row);
        for (int i = 0; i < MEMORY_RUNS; i++) {
            model.invoke().go();
        }
        Long peak = HighWater.bytes();
        looks.take(stage);
        report.executed(model.executed(device.heard()));
        if (before != null && peak != null) {
            report.memory(before, peak);
        }
        looks.tell(report);
    }

    private void load() throws Exception {
        stage = "load";
        fresh();
        model.load();
        check();
    }

    /** Before a load: what was loaded is let go, and what the log says is of the new one. */
    private void fresh() {
        model.close();
        device.mark();
    }

    private void check() throws Exception {
        stage = "check";
        model.check();
    }

    private static String said(JsonObject fields, String key) {
        JsonValue value = fields.get(key);
        return value == null ? "" : value.isString() ? value.asString() : value.toString();
    }
}
