package org.pocketbench.app.page;

import android.net.Uri;
import android.util.Log;
import android.webkit.WebResourceRequest;
import android.webkit.WebResourceResponse;
import java.io.ByteArrayInputStream;
import java.io.File;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.pocketbench.core.PageOrder;

/**
 * What every request of the page is answered with: the page's files, those that the order names, and for all else nothing (404). Nothing reaches a
 * network. The headers are those of the server that a page in a browser has (harness/pocketbench/browser/handler.py).
 */
final class Answers {
    /** No host has this name, and none ever will (RFC 2606). */
    static final String HOST = "pocketbench.invalid";
    static final String START = "https://" + HOST + "/page/index.html#go";
    private static final Map<String, String> TYPES = Map.of("html", "text/html", "js", "text/javascript", "css", "text/css", "json", "application/json",
            "wasm", "application/wasm", "svg", "image/svg+xml", "png", "image/png");
    private static final String POLICY = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval' blob:; worker-src 'self' blob:; img-src 'self' data:; "
            + "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private final PageFiles files;
    private final PageOrder order;

    Answers(PageFiles files, PageOrder order) {
        this.files = files;
        this.order = order;
    }

    WebResourceResponse to(WebResourceRequest request) {
        Uri place = request.getUrl();
        try {
            if ("GET".equals(request.getMethod()) && "https".equals(place.getScheme()) && HOST.equals(place.getAuthority())) {
                return found(place.getPathSegments());
            }
        } catch (IOException | RuntimeException error) {
            Log.w("pocketbench", "not served: " + place, error);
        }
        return absent();
    }

    private WebResourceResponse found(List<String> path) throws IOException {
        String name = path.size() < 2 ? "" : String.join("/", path.subList(1, path.size()));
        if (name.isEmpty() || path.stream().anyMatch(part -> part.isEmpty() || Arrays.asList(".", "..").contains(part) || part.contains("/"))) {
            return absent();
        }
        if (path.get(0).equals("page") && files.size(name) >= 0) {
            return answer(200, "OK", name, files.size(name), files.open(name));
        }
        File file = path.get(0).equals("order") ? order.file(name) : null;
        return file == null ? absent() : answer(200, "OK", name, file.length(), new FileInputStream(file));
    }

    private static WebResourceResponse absent() {
        return answer(404, "Not Found", "", 0, new ByteArrayInputStream(new byte[0]));
    }

    private static WebResourceResponse answer(int status, String words, String name, long size, InputStream content) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Content-Length", Long.toString(size));
        headers.put("Cross-Origin-Opener-Policy", "same-origin");
        headers.put("Cross-Origin-Embedder-Policy", "require-corp");
        headers.put("Cross-Origin-Resource-Policy", "same-origin");
        headers.put("Content-Security-Policy", POLICY);
        headers.put("Referrer-Policy", "no-referrer");
        headers.put("X-Content-Type-Options", "nosniff");
        headers.put("Cache-Control", "no-store");
        String type = TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "application/octet-stream");
        String encoding = type.startsWith("text/") ? "utf-8" : null;
        return new WebResourceResponse(type, encoding, status, words, headers, content);
    }
}
