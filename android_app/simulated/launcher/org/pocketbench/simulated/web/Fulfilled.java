package org.pocketbench.simulated.web;

import android.webkit.WebResourceResponse;
import java.io.IOException;
import java.io.InputStream;
import java.util.Base64;
import java.util.Map;
import org.json.JSONArray;
import org.json.JSONException;
import org.json.JSONObject;

/** An app's answer to a request, as Chromium takes it: a WebView makes Content-Type of the answer's type and encoding. */
final class Fulfilled {
    private Fulfilled() { }

    static JSONObject with(JSONObject told, WebResourceResponse answer) throws IOException, JSONException {
        JSONArray headers = new JSONArray();
        String encoding = answer.getEncoding() == null ? "" : "; charset=" + answer.getEncoding();
        headers.put(header("Content-Type", answer.getMimeType() + encoding));
        Map<String, String> given = answer.getResponseHeaders();
        if (given != null) {
            for (Map.Entry<String, String> each : given.entrySet()) {
                headers.put(header(each.getKey(), each.getValue()));
            }
        }
        byte[] body = new byte[0];
        try (InputStream content = answer.getData()) {
            if (content != null) {
                body = content.readAllBytes();
            }
        }
        int status = answer.getStatusCode() == 0 ? 200 : answer.getStatusCode();
        return told.put("responseCode", status).put("responseHeaders", headers).put("body", Base64.getEncoder().encodeToString(body));
    }

    private static JSONObject header(String name, String value) throws JSONException {
        return new JSONObject().put("name", name).put("value", value);
    }
}
