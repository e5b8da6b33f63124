package org.pocketbench.simulated.web;

import android.util.Log;
import android.webkit.JavascriptInterface;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Map;
import org.json.JSONArray;
import org.json.JSONException;
import org.json.JSONObject;

/** The app's objects that a page may call: methods with {@link JavascriptInterface}, of texts, whose results nobody waits for. */
final class Interfaces {
    static final String BINDING = "__webview";

    private final Map<String, Object> objects;

    Interfaces(Map<String, Object> objects) {
        this.objects = Map.copyOf(objects);
    }

    /** What makes them, before any script of a page: each call is a message over the binding, which the page's scripts do not see. */
    String script() throws JSONException {
        JSONObject names = new JSONObject();
        for (Map.Entry<String, Object> each : objects.entrySet()) {
            JSONArray methods = new JSONArray();
            for (Method method : each.getValue().getClass().getMethods()) {
                if (method.isAnnotationPresent(JavascriptInterface.class)) {
                    methods.put(method.getName());
                }
            }
            names.put(each.getKey(), methods);
        }
        return "(() => { const say = globalThis." + BINDING + "; delete globalThis." + BINDING + "; for (const [name, methods] of Object.entries(" + names
                + ")) globalThis[name] = Object.fromEntries(methods.map((method) => [method, (...words) => say(JSON.stringify([name, method, ...words.map(String)]))]));"
                + " })();";
    }

    /** One call; what it throws is in the log. */
    void call(String payload) {
        try {
            JSONArray called = new JSONArray(payload);
            Object object = objects.get(called.getString(0));
            Object[] words = new Object[called.length() - 2];
            for (int i = 0; i < words.length; i++) {
                words[i] = called.getString(i + 2);
            }
            method(object, called.getString(1), words.length).invoke(object, words);
        } catch (InvocationTargetException error) {
            Log.e("chromium", "a JavaScript interface threw", error.getCause());
        } catch (JSONException | ReflectiveOperationException | RuntimeException error) {
            Log.e("chromium", "no such call of a JavaScript interface", error);
        }
    }

    private static Method method(Object object, String name, int words) throws NoSuchMethodException {
        for (Method each : object.getClass().getMethods()) {
            if (each.isAnnotationPresent(JavascriptInterface.class) && each.getName().equals(name) && each.getParameterCount() == words) {
                each.setAccessible(true);
                return each;
            }
        }
        throw new NoSuchMethodException(name);
    }
}
