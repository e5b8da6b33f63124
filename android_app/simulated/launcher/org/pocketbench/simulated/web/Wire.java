package org.pocketbench.simulated.web;

import android.util.Log;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import org.json.JSONException;
import org.json.JSONObject;

/** Chrome's DevTools protocol over a pipe: messages of JSON, each with a null byte after it. */
final class Wire {
    private static final String TAG = "chromium";
    private static final long PATIENCE_S = 60;
    private static final int MAX_BYTES = 128 * 1024 * 1024;

    private final OutputStream out;
    private final AtomicInteger last = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JSONObject>> asked = new ConcurrentHashMap<>();
    private final Map<String, Hearer> hearers = new ConcurrentHashMap<>();

    /** Who hears the events of one session; an event of none is that the other end is gone. */
    interface Hearer {
        void heard(String event, JSONObject told) throws JSONException;
    }

    Wire(Process chromium) {
        out = chromium.getOutputStream();
        Thread reader = new Thread(() -> read(chromium.getInputStream()), "WebView");
        reader.setDaemon(true);
        reader.start();
    }

    void hear(String session, Hearer hearer) {
        hearers.put(session, hearer);
    }

    void deafen(String session) {
        hearers.remove(session);
    }

    /** Asks and waits. Throws IOException where Chromium refuses, is gone or says nothing. */
    JSONObject ask(String session, String method, JSONObject parameters) throws IOException, JSONException {
        CompletableFuture<JSONObject> answer = new CompletableFuture<>();
        int id = last.incrementAndGet();
        asked.put(id, answer);
        send(id, session, method, parameters);
        try {
            return answer.get(PATIENCE_S, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException | InterruptedException error) {
            throw new IOException(method + ": " + (error.getCause() == null ? "no answer" : error.getCause().getMessage()), error);
        } finally {
            asked.remove(id);
        }
    }

    /** Tells, and does not wait for what comes of it. */
    void tell(String session, String method, JSONObject parameters) throws IOException, JSONException {
        send(last.incrementAndGet(), session, method, parameters);
    }

    private void send(int id, String session, String method, JSONObject parameters) throws IOException, JSONException {
        JSONObject message = new JSONObject().put("id", id).put("method", method).put("params", parameters);
        if (session != null) {
            message.put("sessionId", session);
        }
        byte[] bytes = (message + "\0").getBytes(StandardCharsets.UTF_8);
        synchronized (out) {
            out.write(bytes);
            out.flush();
        }
    }

    private void read(InputStream from) {
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        try (InputStream in = new BufferedInputStream(from, 1 << 16)) {
            for (int next = in.read(); next >= 0 && message.size() < MAX_BYTES; next = in.read()) {
                if (next != 0) {
                    message.write(next);
                    continue;
                }
                take(new JSONObject(message.toString(StandardCharsets.UTF_8)));
                message.reset();
            }
        } catch (IOException | JSONException error) {
            Log.w(TAG, "the WebView's browser is not understood", error);
        }
        ended();
    }

    private void take(JSONObject message) throws JSONException {
        if (message.has("id")) {
            CompletableFuture<JSONObject> waiting = asked.get(message.getInt("id"));
            if (waiting != null && message.has("error")) {
                waiting.completeExceptionally(new IOException(message.getJSONObject("error").optString("message")));
            } else if (waiting != null) {
                waiting.complete(message.getJSONObject("result"));
            }
            return;
        }
        Hearer hearer = hearers.get(message.optString("sessionId"));
        if (hearer != null) {
            hearer.heard(message.getString("method"), message.getJSONObject("params"));
        }
    }

    private void ended() {
        asked.values().forEach(waiting -> waiting.completeExceptionally(new IOException("the WebView's browser is gone")));
        for (Hearer each : hearers.values()) {
            try {
                each.heard("", new JSONObject());
            } catch (JSONException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
    }
}
