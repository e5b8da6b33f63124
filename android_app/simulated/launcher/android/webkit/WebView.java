package android.webkit;

import android.content.Context;
import android.content.pm.PackageInfo;
import android.os.Handler;
import android.os.Looper;
import android.util.AndroidRuntimeException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.pocketbench.simulated.web.Browser;
import org.pocketbench.simulated.web.Tab;

/**
 * A WebView whose page is one of a Chromium of the computer, with the request handler and the JavaScript interfaces of the app. It stands before the
 * framework's class of that name, is no View, and shows nothing.
 */
public class WebView {
    private static final String PACKAGE = "com.android.webview";
    /** Of a phone whose WebView is to tell another version than the computer's Chromium has. */
    private static final String TOLD = System.getenv().getOrDefault("POCKETBENCH_WEBVIEW_VERSION", "");

    private final Looper looper;
    private final WebSettings settings = new WebSettings();
    private final Map<String, Object> interfaces = new LinkedHashMap<>();
    private WebViewClient client = new WebViewClient();
    private WebChromeClient chrome = new WebChromeClient();
    private Tab tab;

    /** Throws AndroidRuntimeException on a phone without a WebView, and on a thread without a Looper. */
    public WebView(Context context) {
        looper = Looper.myLooper();
        if (looper == null) {
            throw new AndroidRuntimeException("Can't create a WebView on a thread that has no Looper");
        }
        if (!Browser.isHere()) {
            throw new AndroidRuntimeException("android.webkit.WebViewFactory$MissingWebViewPackageException: Failed to load WebView provider: No WebView installed");
        }
    }

    /** The WebView's package; null on a phone without one. */
    public static PackageInfo getCurrentWebViewPackage() {
        if (!Browser.isHere()) {
            return null;
        }
        PackageInfo info = new PackageInfo();
        info.packageName = PACKAGE;
        info.versionName = TOLD.isEmpty() ? Browser.get().version() : TOLD;
        return info;
    }

    public WebSettings getSettings() {
        check();
        return settings;
    }

    public void setWebViewClient(WebViewClient to) {
        check();
        client = to;
    }

    public void setWebChromeClient(WebChromeClient to) {
        check();
        chrome = to;
    }

    /** Is there from the next page on, as on a phone. */
    public void addJavascriptInterface(Object object, String name) {
        check();
        interfaces.put(name, object);
    }

    public void loadUrl(String url) {
        check();
        if (tab == null) {
            tab = Browser.get().open(settings.getJavaScriptEnabled(), interfaces, new Hearing());
        }
        tab.load(url);
    }

    public void destroy() {
        check();
        if (tab != null) {
            tab.close();
            tab = null;
        }
    }

    private void check() {
        if (Looper.myLooper() != looper) {
            throw new RuntimeException("A WebView method was called on thread '" + Thread.currentThread().getName()
                    + "'. All WebView methods must be called on the same thread.");
        }
    }

    /** What the page asks and tells. */
    private final class Hearing implements Tab.Listener {
        @Override
        public WebResourceResponse asked(WebResourceRequest request) {
            return client.shouldInterceptRequest(WebView.this, request);
        }

        @Override
        public void said(ConsoleMessage message) {
            new Handler(looper).post(() -> chrome.onConsoleMessage(message));
        }

        /** An app that does not take it is ended, as on a phone. */
        @Override
        public void gone(boolean crashed) {
            new Handler(looper).post(() -> {
                if (!client.onRenderProcessGone(WebView.this, new Gone(crashed))) {
                    throw new IllegalStateException("Render process's crash wasn't handled by all associated webviews, triggering application crash.");
                }
            });
        }
    }

    private static final class Gone extends RenderProcessGoneDetail {
        private final boolean crashed;

        Gone(boolean crashed) {
            this.crashed = crashed;
        }

        @Override
        public boolean didCrash() {
            return crashed;
        }

        @Override
        public int rendererPriorityAtExit() {
            return 0;
        }
    }
}
