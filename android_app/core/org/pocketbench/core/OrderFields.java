package org.pocketbench.core;

import com.eclipsesource.json.Json;
import com.eclipsesource.json.JsonArray;
import com.eclipsesource.json.JsonObject;
import com.eclipsesource.json.JsonValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** An order's fields by name and type, defaults filled in; one of another type is refused ({@code protocol}). */
final class OrderFields {
    private static final Map<String, String> DEFAULTS = Map.of("phases", "[]", "batch", "1", "stateful", "false", "serve", "\"\"");

    private final JsonObject fields;

    OrderFields(JsonObject fields) {
        this.fields = fields;
    }

    String text(String key) {
        JsonValue value = value(key);
        return value.isString() ? value.asString() : refuse(key, "str", value);
    }

    int integer(String key) {
        JsonValue value = value(key);
        Long number = Numbers.whole(value);
        return number != null && number == number.intValue() ? number.intValue() : refuse(key, "int", value);
    }

    boolean truth(String key) {
        JsonValue value = value(key);
        return value.isBoolean() ? value.asBoolean() : OrderFields.<Boolean>refuse(key, "bool", value);
    }

    Map<String, String> texts(String key) {
        JsonValue value = value(key);
        Map<String, String> found = new LinkedHashMap<>();
        for (JsonObject.Member member : value.isObject() ? value.asObject() : OrderFields.<JsonObject>refuse(key, "dict", value)) {
            found.put(member.getName(), member.getValue().isString() ? member.getValue().asString() : refuse(key, "dict of str", value));
        }
        return Map.copyOf(found);
    }

    List<TensorFile> tensors(String key) {
        List<TensorFile> found = new ArrayList<>();
        for (JsonValue value : array(key)) {
            found.add(tensor(value));
        }
        return List.copyOf(found);
    }

    List<Phase> phases() {
        List<Phase> found = new ArrayList<>();
        for (JsonValue value : array("phases")) {
            found.add(phase(value.isObject() ? value.asObject() : OrderFields.<JsonObject>refuse("phases", "list of dict", value)));
        }
        return List.copyOf(found);
    }

    private JsonArray array(String key) {
        JsonValue value = value(key);
        return value.isArray() ? value.asArray() : refuse(key, "list", value);
    }

    private JsonValue value(String key) {
        JsonValue value = fields.get(key);
        if (value == null && DEFAULTS.containsKey(key)) {
            return Json.parse(DEFAULTS.get(key));
        }
        return value == null ? Json.NULL : value;
    }

    private static TensorFile tensor(JsonValue value) {
        JsonObject object = value.isObject() ? value.asObject() : new JsonObject();
        JsonValue name = object.get("name");
        JsonValue file = object.get("file");
        JsonValue shape = object.get("shape");
        JsonValue dtype = object.get("dtype");
        if (!strings(name, file, dtype) || shape == null || !shape.isArray() || !Dtypes.known(dtype.asString())) {
            throw new Refused("protocol", "not a tensor: " + Words.cut(value.toString(), 200));
        }
        return new TensorFile(name.asString(), file.asString(), sizes(name.asString(), shape.asArray()), dtype.asString());
    }

    private static int[] sizes(String name, JsonArray shape) {
        int[] sizes = new int[shape.size()];
        for (int i = 0; i < sizes.length; i++) {
            Long size = Numbers.whole(shape.get(i));
            if (size == null || size < 1 || size > Integer.MAX_VALUE) {
                throw new Refused("shape-mismatch", name + ": every size must be 1 or more, got " + Words.cut(shape.toString(), 200));
            }
            sizes[i] = size.intValue();
        }
        return sizes;
    }

    private static Phase phase(JsonObject object) {
        JsonValue name = object.get("phase");
        long[] bounds = new long[4];
        for (int i = 0; i < bounds.length; i++) {
            JsonValue bound = object.get(Phase.BOUNDS.get(i));
            Long number = bound == null ? Long.valueOf(i == 0 ? 1 : 0) : Numbers.whole(bound);
            if (number == null || number < 0 || i == 0 && (number < 1 || number > Protocol.MAX_SAMPLES)) {
                throw new Refused("protocol", "phase " + name + " has bounds that cannot be kept: " + Words.cut(object.toString(), 400));
            }
            bounds[i] = number;
        }
        return new Phase(strings(name) ? name.asString() : String.valueOf(name), (int) bounds[0], bounds[1], bounds[2], bounds[3]);
    }

    private static boolean strings(JsonValue... values) {
        for (JsonValue value : values) {
            if (value == null || !value.isString()) {
                return false;
            }
        }
        return true;
    }

    private static <T> T refuse(String key, String type, JsonValue value) {
        throw new Refused("protocol", key + " must be of type " + type + ", got " + Words.cut(value.toString(), 100));
    }
}
