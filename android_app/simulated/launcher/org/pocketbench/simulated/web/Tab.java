package org.pocketbench.simulated.web;

import android.util.Log;
import android.webkit.ConsoleMessage;
import android.webkit.WebResourceRequest;
import android.webkit.WebResourceResponse;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.json.JSONArray;
import org.json.JSONException;
import org.json.JSONObject;

/** One page of the browser: a WebView's. Its requests are answered by the app, which its scripts may call. */
public final class Tab {
    private static final String TAG = "chromium";

    private final Wire wire;
    private final Listener listener;
    private final Interfaces interfaces;
    private final String target;
    private final String session;
    /** Requests are answered on threads of their own; what scripts call is called in its order. */
    private final ExecutorService requests = Executors.newCachedThreadPool();
    private final ExecutorService calls = Executors.newSingleThreadExecutor(work -> new Thread(work, "JavaBridge"));
    private volatile boolean closed;

    /** What a page asks and tells; on any thread. */
    public interface Listener {
        /** The answer to a request; null leaves it to the network, which there is none of. */
        WebResourceResponse asked(WebResourceRequest request);

        void said(ConsoleMessage message);

        void gone(boolean crashed);
    }

    Tab(Wire wire, boolean scripts, Map<String, Object> objects, Listener listener) throws IOException, JSONException {
        this.wire = wire;
        this.listener = listener;
        interfaces = new Interfaces(objects);
        target = wire.ask(null, "Target.createTarget", new JSONObject().put("url", "about:blank")).getString("targetId");
        session = wire.ask(null, "Target.attachToTarget", new JSONObject().put("targetId", target).put("flatten", true)).getString("sessionId");
        wire.hear(session, this::heard);
        for (String domain : new String[] {"Page", "Runtime", "Inspector"}) {
            wire.ask(session, domain + ".enable", new JSONObject());
        }
        wire.ask(session, "Emulation.setScriptExecutionDisabled", new JSONObject().put("value", !scripts));
        JSONArray every = new JSONArray().put(new JSONObject().put("urlPattern", "*"));
        wire.ask(session, "Fetch.enable", new JSONObject().put("patterns", every));
        wire.ask(session, "Runtime.addBinding", new JSONObject().put("name", Interfaces.BINDING));
        wire.ask(session, "Page.addScriptToEvaluateOnNewDocument", new JSONObject().put("source", interfaces.script()));
    }

    public void load(String url) {
        tell("Page.navigate", "url", url);
    }

    public void close() {
        closed = true;
        wire.deafen(session);
        try {
            wire.tell(null, "Target.closeTarget", new JSONObject().put("targetId", target));
        } catch (IOException | JSONException gone) {
            Log.w(TAG, "a page was gone before it was closed: " + gone);
        }
        requests.shutdown();
        calls.shutdown();
    }

    private void heard(String event, JSONObject told) throws JSONException {
        switch (event) {
            case "Fetch.requestPaused":
                requests.execute(() -> answer(told));
                break;
            case "Runtime.bindingCalled":
                calls.execute(() -> interfaces.call(told.optString("payload")));
                break;
            case "Runtime.consoleAPICalled":
                listener.said(Browser.message(text(told.getJSONArray("args"))));
                break;
            case "Runtime.exceptionThrown":
                JSONObject details = told.getJSONObject("exceptionDetails");
                JSONObject exception = details.optJSONObject("exception");
                listener.said(Browser.message(exception == null ? details.optString("text") : exception.optString("description")));
                break;
            case "Inspector.targetCrashed":
            case "":
                if (!closed) {
                    listener.gone(true);
                }
                break;
            default:
        }
    }

    private static String text(JSONArray arguments) throws JSONException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < arguments.length(); i++) {
            JSONObject each = arguments.getJSONObject(i);
            text.append(i == 0 ? "" : " ").append(each.has("value") ? each.get("value").toString() : each.optString("description"));
        }
        return text.toString();
    }

    private void answer(JSONObject paused) {
        try {
            WebResourceResponse answer = listener.asked(new Request(paused));
            JSONObject told = new JSONObject().put("requestId", paused.getString("requestId"));
            if (answer == null) {
                wire.tell(session, "Fetch.continueRequest", told);
            } else {
                wire.tell(session, "Fetch.fulfillRequest", Fulfilled.with(told, answer));
            }
        } catch (IOException | JSONException | RuntimeException error) {
            Log.w(TAG, "a request was not answered", error);
        }
    }

    private void tell(String method, String name, String value) {
        try {
            wire.tell(session, method, new JSONObject().put(name, value));
        } catch (IOException | JSONException gone) {
            listener.gone(true);
        }
    }
}
