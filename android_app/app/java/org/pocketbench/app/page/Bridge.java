package org.pocketbench.app.page;

import android.webkit.JavascriptInterface;
import java.io.IOException;
import java.util.Base64;
import org.pocketbench.core.PageOrder;
import org.pocketbench.core.Refused;

/** {@code PocketbenchApp}, the only thing of this app that the page can call; a thread of the WebView's calls it. What may not be ends the order. */
final class Bridge {
    static final String NAME = "PocketbenchApp";

    private final PageOrder order;

    Bridge(PageOrder order) {
        this.order = order;
    }

    /** Appends to the report; a line may come in pieces. */
    @JavascriptInterface
    public void report(String piece) throws IOException {
        try {
            order.report(piece);
        } catch (RuntimeException refused) {
            order.failed(refused);
        }
    }

    /** A stage of the order begins. */
    @JavascriptInterface
    public void stage(String name) {
        order.stage(name);
    }

    /** Appends to one of the order's outputs. */
    @JavascriptInterface
    public void output(String file, String base64) throws IOException {
        try {
            order.output(file, Base64.getDecoder().decode(base64));
        } catch (IllegalArgumentException garbled) {
            order.failed(new Refused("protocol", "an output of the page is not base64", garbled));
        } catch (RuntimeException refused) {
            order.failed(refused);
        }
    }
}
