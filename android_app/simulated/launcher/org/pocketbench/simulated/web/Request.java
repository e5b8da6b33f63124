package org.pocketbench.simulated.web;

import android.net.Uri;
import android.webkit.WebResourceRequest;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import org.json.JSONException;
import org.json.JSONObject;

/** A request of a page, as a WebView tells its app of it. */
final class Request implements WebResourceRequest {
    private final JSONObject request;
    private final boolean document;

    Request(JSONObject paused) throws JSONException {
        request = paused.getJSONObject("request");
        document = paused.optString("resourceType").equals("Document");
    }

    @Override
    public Uri getUrl() {
        return Uri.parse(request.optString("url"));
    }

    @Override
    public boolean isForMainFrame() {
        return document;
    }

    @Override
    public boolean isRedirect() {
        return false;
    }

    @Override
    public boolean hasGesture() {
        return false;
    }

    @Override
    public String getMethod() {
        return request.optString("method");
    }

    @Override
    public Map<String, String> getRequestHeaders() {
        Map<String, String> found = new LinkedHashMap<>();
        JSONObject headers = request.optJSONObject("headers");
        for (Iterator<String> names = headers == null ? found.keySet().iterator() : headers.keys(); names.hasNext();) {
            String name = names.next();
            found.put(name, headers.optString(name));
        }
        return found;
    }
}
