package org.pocketbench.app;

import android.content.Context;
import android.util.Log;
import com.eclipsesource.json.JsonObject;
import java.io.IOException;
import java.util.function.Consumer;
import org.pocketbench.core.Device;
import org.pocketbench.core.Engine;
import org.pocketbench.core.Heard;
import org.pocketbench.core.Summary;

/** The phone, to a run. */
final class AndroidDevice implements Device {
    private final Context context;
    private final Consumer<String> told;
    private final Logcat log = new Logcat();
    private final Summary summary = new Summary();

    AndroidDevice(Context context, Consumer<String> told) {
        this.context = context;
        this.told = told;
    }

    @Override
    public Engine engine(String name) throws Exception {
        Pages.check(name, context);
        return Engines.open(name, context);
    }

    @Override
    public void mark() {
        log.mark();
    }

    @Override
    public Heard heard() throws IOException {
        return log.heard();
    }

    @Override
    public JsonObject look() {
        return Conditions.now(context);
    }

    @Override
    public void said(String line) {
        summary.add(line);
        told.accept(line);
    }

    @Override
    public void failed(Throwable error) {
        Log.e(Logcat.TAG, "the order failed", error);
    }

    Summary summary() {
        return summary;
    }
}
