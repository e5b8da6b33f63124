package org.pocketbench.app;

import android.content.Context;
import android.os.Bundle;
import java.io.IOException;
import org.pocketbench.app.page.PageRun;
import org.pocketbench.core.PageOrder;
import org.pocketbench.core.Refused;
import org.pocketbench.core.Run;
import org.pocketbench.core.Summary;

/** One order that the shell asked for: its folders, and the phone kept awake. */
final class Errand {
    private static final String ID = "[0-9a-z-]{1,64}";

    private final Context context;
    private final Teller teller;
    private final String id;
    private final String elsewhere;
    private final boolean show;

    /** {@code order}: its id; {@code folder}: where it lies, where not in this app's external files; {@code front=off}: do not come in front. */
    Errand(Context context, Teller teller, Bundle arguments) {
        this.context = context;
        this.teller = teller;
        id = arguments.getString("order", "");
        elsewhere = arguments.getString("folder");
        show = !"off".equals(arguments.getString("front"));
    }

    /** Carries it out; whether it is done. Throws where there can be no report. */
    boolean run() throws IOException {
        if (!id.matches(ID)) {
            throw new Refused("protocol", "no order of that id: it must be " + ID);
        }
        try (Front front = new Front(context, show); Folders folders = Folders.of(context, id, elsewhere)) {
            AndroidDevice device = new AndroidDevice(context, folders.told(teller));
            Screen.tell("Order " + id + " is being carried out.");
            boolean done = PageOrder.isIn(folders.order) ? new PageRun(context, device).carryOut(folders.order, folders.out)
                    : new Run(folders.order, folders.out, device).carryOut();
            if (done) {
                folders.sendOutputs(teller);
            }
            remember(device.summary());
            return done;
        } finally {
            Screen.tell("");
        }
    }

    private void remember(Summary summary) {
        try {
            new LastResults(context).add(id + ": " + summary);
        } catch (IOException error) {
            android.util.Log.w(Logcat.TAG, "this result is not shown", error);
        }
    }
}
