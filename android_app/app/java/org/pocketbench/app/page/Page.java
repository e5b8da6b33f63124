package org.pocketbench.app.page;

import android.content.Context;
import android.os.Handler;
import android.os.Looper;
import android.util.Log;
import android.webkit.ConsoleMessage;
import android.webkit.RenderProcessGoneDetail;
import android.webkit.WebChromeClient;
import android.webkit.WebResourceRequest;
import android.webkit.WebResourceResponse;
import android.webkit.WebSettings;
import android.webkit.WebView;
import android.webkit.WebViewClient;
import java.io.Closeable;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.pocketbench.app.Shown;
import org.pocketbench.core.PageOrder;
import org.pocketbench.core.Refused;

/** The page in a WebView that reads no file and no provider, and reaches no network. All calls of a WebView are the main thread's. */
final class Page implements Closeable {
    private static final String TAG = "pocketbench";
    private static final int MAX_SHOWN = 2000;

    private final WebView view;

    private Page(WebView view) {
        this.view = view;
    }

    /** Opens it; what it does from now on ends the order. Throws what WebView throws. */
    static Page open(Context context, PageFiles files, PageOrder order) throws Exception {
        FutureTask<Page> opened = new FutureTask<>(() -> new Page(made(context, new Answers(files, order), order)));
        onMain(opened);
        try {
            Page page = opened.get();
            onMain(() -> page.view.loadUrl(Answers.START));
            return page;
        } catch (ExecutionException error) {
            throw error.getCause() instanceof Exception ? (Exception) error.getCause() : error;
        }
    }

    @Override
    public void close() {
        onMain(() -> {
            Shown.take(view);
            view.destroy();
        });
    }

    private static WebView made(Context context, Answers answers, PageOrder order) {
        WebView view = new WebView(context);
        WebSettings settings = view.getSettings();
        settings.setJavaScriptEnabled(true);
        settings.setAllowFileAccess(false);
        settings.setAllowContentAccess(false);
        settings.setBlockNetworkLoads(true);
        settings.setGeolocationEnabled(false);
        settings.setCacheMode(WebSettings.LOAD_NO_CACHE);
        view.addJavascriptInterface(new Bridge(order), Bridge.NAME);
        view.setWebViewClient(new Client(answers, order));
        view.setWebChromeClient(new Console());
        Shown.put(view);
        return view;
    }

    private static void onMain(Runnable what) {
        new Handler(Looper.getMainLooper()).post(what);
    }

    private static final class Client extends WebViewClient {
        private final Answers answers;
        private final PageOrder order;

        Client(Answers answers, PageOrder order) {
            this.answers = answers;
            this.order = order;
        }

        @Override
        public WebResourceResponse shouldInterceptRequest(WebView view, WebResourceRequest request) {
            return answers.to(request);
        }

        /** The page leads nowhere else. */
        @Override
        public boolean shouldOverrideUrlLoading(WebView view, WebResourceRequest request) {
            return true;
        }

        @Override
        public boolean onRenderProcessGone(WebView view, RenderProcessGoneDetail detail) {
            try {
                order.failed(detail.didCrash() ? new Refused("crashed", "the page's process crashed")
                        : new Refused("memory-limit", "Android ended the page's process for want of memory"));
            } catch (IOException unwritten) {
                Log.e(TAG, "the page's process is gone, and the report cannot say so", unwritten);
            }
            return true;
        }
    }

    private static final class Console extends WebChromeClient {
        @Override
        public boolean onConsoleMessage(ConsoleMessage said) {
            String text = said.message();
            Log.i(TAG, "console: " + text.substring(0, Math.min(MAX_SHOWN, text.length())));
            return true;
        }
    }
}
