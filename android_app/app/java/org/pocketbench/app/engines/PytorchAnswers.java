package org.pocketbench.app.engines;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.pocketbench.core.Refused;
import org.pytorch.IValue;
import org.pytorch.Tensor;

/** The tensors of what a module answers: one, a tuple or list in its order, inner ones too, or a dictionary, which is asked by its names. */
final class PytorchAnswers {
    private PytorchAnswers() { }

    static List<Tensor> of(IValue answer, List<String> names) {
        List<Tensor> found = new ArrayList<>();
        add(answer, names, found);
        return found;
    }

    private static void add(IValue answer, List<String> names, List<Tensor> found) {
        if (answer.isTensor()) {
            found.add(answer.toTensor());
        } else if (answer.isTensorList()) {
            found.addAll(List.of(answer.toTensorList()));
        } else if (answer.isTuple() || answer.isList()) {
            for (IValue each : answer.isTuple() ? answer.toTuple() : answer.toList()) {
                add(each, names, found);
            }
        } else if (answer.isDictStringKey()) {
            addNamed(answer.toDictStringKey(), names, found);
        } else {
            throw new Refused("engine-cannot-read", "the module answers with something that is no tensor");
        }
    }

    private static void addNamed(Map<String, IValue> answer, List<String> names, List<Tensor> found) {
        for (String name : names) {
            IValue one = answer.get(name);
            if (one == null || !one.isTensor()) {
                throw new Refused("shape-mismatch", "the module answers with tensors named " + answer.keySet() + ", not " + name);
            }
            found.add(one.toTensor());
        }
    }
}
