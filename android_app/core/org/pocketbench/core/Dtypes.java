package org.pocketbench.core;

import java.util.Map;

/** The dtypes of tensors, in numpy's words, and how many bytes an element has. */
public final class Dtypes {
    private static final Map<String, Integer> SIZES = Map.ofEntries(
            Map.entry("bool", 1), Map.entry("int8", 1), Map.entry("uint8", 1), Map.entry("int16", 2), Map.entry("uint16", 2), Map.entry("int32", 4),
            Map.entry("uint32", 4), Map.entry("int64", 8), Map.entry("uint64", 8), Map.entry("float16", 2), Map.entry("float32", 4),
            Map.entry("float64", 8));

    private Dtypes() { }

    static boolean known(String dtype) {
        return SIZES.containsKey(dtype);
    }

    /** Bytes of one element. */
    public static int size(String dtype) {
        return SIZES.get(dtype);
    }
}
