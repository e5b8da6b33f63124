package org.pocketbench.app.page;

import android.content.Context;
import java.io.File;
import java.io.IOException;
import org.pocketbench.core.Device;
import org.pocketbench.core.PageOrder;

/** One order carried out by the page in a WebView. */
public final class PageRun {
    private final Context context;
    private final Device device;

    public PageRun(Context context, Device device) {
        this.context = context;
        this.device = device;
    }

    /** From hello to the last line; whether that is {@code done}. Throws only where no report can be written. */
    public boolean carryOut(File folder, File out) throws IOException {
        try (PageOrder order = new PageOrder(folder, out, device::said, device::look)) {
            try (PageFiles files = PageFiles.of(context)) {
                order.open();
                Provider.check();
                try (Page page = Page.open(context, files, order)) {
                    order.await();
                }
            } catch (Throwable error) { // whatever it is, the report says so
                device.failed(error);
                order.failed(error);
            }
            return order.isDone();
        }
    }
}
