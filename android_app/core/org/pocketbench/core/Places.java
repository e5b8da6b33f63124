package org.pocketbench.core;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.stream.Collectors;

/** Which of the model's tensors those of an order are. */
final class Places {
    private Places() { }

    /** For each ordered tensor the index of the model's: by position where all names agree, else by name. Throws Refused ({@code shape-mismatch}). */
    static int[] of(List<TensorFile> ordered, List<Tensor> found, String what) {
        List<String> names = found.stream().map(tensor -> tensor.name).collect(Collectors.toList());
        List<String> wanted = ordered.stream().map(tensor -> tensor.name).collect(Collectors.toList());
        if (!sorted(names).equals(sorted(wanted)) || !names.equals(wanted) && new HashSet<>(names).size() != names.size()) {
            throw new Refused("shape-mismatch", "the model's " + what + " are " + Words.quoted(names) + ", the order's " + Words.quoted(wanted));
        }
        int[] places = new int[wanted.size()];
        for (int i = 0; i < places.length; i++) {
            places[i] = names.equals(wanted) ? i : names.indexOf(wanted.get(i));
            Tensor own = found.get(places[i]);
            if (!own.fits(ordered.get(i))) {
                throw new Refused("shape-mismatch", what + ": " + own.name + " is " + own + " in the model, " + ordered.get(i) + " in the order");
            }
        }
        return places;
    }

    private static List<String> sorted(List<String> names) {
        List<String> sorted = new ArrayList<>(names);
        Collections.sort(sorted);
        return sorted;
    }
}
