package org.pocketbench.app;

import android.content.Context;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.StringJoiner;
import org.pocketbench.app.page.PageFiles;
import org.pocketbench.core.Engine;
import org.pocketbench.core.PageOrder;
import org.pocketbench.core.Refused;

/** The engines that this APK has. They are found by the names of their classes, so that one built with fewer works. */
final class Engines {
    /** No engine of the app's: a client of one elsewhere on the phone. */
    private static final String SERVICE = "service";
    private static final Map<String, String> CLASSES = new LinkedHashMap<>();

    static {
        CLASSES.put("tflite", "org.pocketbench.app.engines.TfliteEngine");
        CLASSES.put("pytorch-lite", "org.pocketbench.app.engines.PytorchLiteEngine");
        CLASSES.put("onnxruntime", "org.pocketbench.app.engines.OnnxruntimeEngine");
        CLASSES.put(SERVICE, "org.pocketbench.core.client.ServiceEngine");
        // ExecuTorch's place: "executorch", once its Android library can be had: docs/add-an-engine.md.
    }

    private Engines() { }

    /** A new engine of that name; its constructor takes the app's Context or nothing. Throws Refused ({@code toolchain-missing}). */
    static Engine open(String name, Context context) throws Exception {
        String found = CLASSES.get(name);
        if (found == null || !has(found)) {
            throw new Refused("toolchain-missing", "this app has no engine '" + name + "'; it has " + known(context));
        }
        try {
            return (Engine) made(Class.forName(found), context);
        } catch (InvocationTargetException error) {
            throw error.getCause() instanceof Exception ? (Exception) error.getCause() : error;
        }
    }

    private static Object made(Class<?> engine, Context context) throws ReflectiveOperationException {
        for (Constructor<?> each : engine.getConstructors()) {
            if (Arrays.equals(each.getParameterTypes(), new Class<?>[] {Context.class})) {
                return each.newInstance(context);
            }
        }
        return engine.getConstructor().newInstance();
    }

    /** The engines that execute here, the page among them; and that others can be asked. */
    static String known(Context context) {
        StringJoiner names = new StringJoiner(", ").setEmptyValue("none");
        CLASSES.forEach((name, found) -> {
            if (has(found) && !name.equals(SERVICE)) {
                names.add(name);
            }
        });
        if (PageFiles.in(context)) {
            names.add(PageOrder.ENGINE);
        }
        return names + "; as '" + SERVICE + "' it asks a model that another program has loaded";
    }

    private static boolean has(String name) {
        try {
            Class.forName(name, false, Engines.class.getClassLoader());
            return true;
        } catch (ClassNotFoundException | LinkageError notHere) {
            return false;
        }
    }
}
