"""Every LSTM layer of a Keras model as one operation, UNIDIRECTIONAL_SEQUENCE_LSTM, instead of a loop of its steps.

The converter replaces a function whose attributes say that it implements an LSTM (tensorflow/compiler/mlir/lite/transforms/
prepare_composite_functions_tf.cc). Keras 2 traced its layers so, Keras 3 does not. So each layer's loop is put into such a
function here. The operation begins with what it remembers of the row before, so whoever runs it resets it before each row.
"""

from collections.abc import Callable, Sequence
from typing import Any

from pocketbench.errors import Refused

OPERATION = "UNIDIRECTIONAL_SEQUENCE_LSTM"
_HINT = 'take it in its usual form, forms = [""]'


class Fusing:
    """LSTM layers made ready to be fused; what became of them is known once the model was traced."""

    def __init__(self) -> None:
        """Nothing was traced yet."""
        self._traced: set[str] = set()
        self._unfit: dict[str, str] = {}

    def change(self, model: Any) -> None:
        """Make every LSTM layer of a model be traced as a function that the converter knows. Raises Refused (technique-not-for-model)."""
        import keras

        # Those inside other layers too, as in Bidirectional; there is no public way to them.
        layers = [layer for layer in model._flatten_layers() if isinstance(layer, keras.layers.LSTM)]  # noqa: SLF001
        if not layers:
            raise _refused("the model has no LSTM layer, the one kind of layer that becomes one operation")
        for number, layer in enumerate(layers):
            _check(layer)
            layer.inner_loop = self._loop(layer, f"{number} {layer.name}", _function(number, backwards=layer.go_backwards))

    def check(self, fused: int) -> None:
        """See that all were fused, of which the file has so many. Raises Refused (technique-not-for-model), with the layers that were not."""
        if self._unfit:
            raise _refused("; ".join(self._unfit.values()))
        if fused < len(self._traced):
            raise _refused(f"the converter fused {fused} of {len(self._traced)} LSTM layers: the model uses the states of the others")

    def _loop(self, layer: Any, key: str, function: Any) -> Callable[..., Any]:
        """What a layer does instead of its own loop; its own where it cannot be fused."""
        own = layer.inner_loop

        def inner_loop(sequences: Any, initial_state: Sequence[Any], mask: Any, training: bool = False) -> Any:
            if why := _unfit(initial_state, mask):
                self._unfit[key] = f"the layer {layer.name} {why}"
                return own(sequences, initial_state, mask, training)
            self._traced.add(key)
            last, whole, hidden, carried, _ = function(sequences, *initial_state, *_weights(layer))
            return last, whole, [hidden, carried]

        return inner_loop


def _check(layer: Any) -> None:
    """Raise Refused for a layer that the operation does not compute."""
    import keras

    if (layer.activation, layer.recurrent_activation) != (keras.activations.tanh, keras.activations.sigmoid):
        raise _refused(f"the layer {layer.name} has other activations than tanh, and sigmoid for its gates")
    if layer.stateful:
        raise _refused(f"the layer {layer.name} keeps its state from row to row")


def _unfit(initial_state: Sequence[Any], mask: Any) -> str:
    """Why a call of a layer cannot be fused: the operation knows no masks, and begins with zeros."""
    if mask is not None:
        return "is given a mask"
    return "" if all(map(_zeros, initial_state)) else "does not begin with zeros"


def _zeros(state: Any) -> bool:
    """Whether a tensor is known to hold zeros alone. The model is traced with a free batch too, where it is filled and no constant."""
    import tensorflow as tf

    known = tf.get_static_value(state.op.inputs[1] if state.op.type == "Fill" else state)
    return known is not None and not known.any()


def _weights(layer: Any) -> tuple[Any, Any, Any]:
    """A layer's kernel, recurrent kernel and bias, zeros where it has none."""
    import tensorflow as tf

    kernel, recurrent = (tf.convert_to_tensor(each) for each in (layer.cell.kernel, layer.cell.recurrent_kernel))
    bias = tf.zeros(4 * layer.units, kernel.dtype) if layer.cell.bias is None else tf.convert_to_tensor(layer.cell.bias)
    return kernel, recurrent, bias


def _function(number: int, *, backwards: bool) -> Any:
    """An LSTM as a function that the converter knows by its attributes, the order of its arguments and that of its results.

    The converter puts the operation in place of what is inside, which computes the same: with * elementwise,
    c' = sigmoid(f) * c + sigmoid(i) * tanh(g) and h' = sigmoid(o) * tanh(c'), where i, f, g, o are the quarters of
    x W + h U + b (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000).
    """
    import tensorflow as tf

    def lstm(sequences: Any, hidden: Any, carried: Any, kernel: Any, recurrent: Any, bias: Any) -> tuple[Any, ...]:
        def step(states: tuple[Any, Any], x: Any) -> tuple[Any, Any]:
            i, f, g, o = tf.split(tf.matmul(x, kernel) + tf.matmul(states[0], recurrent) + bias, 4, axis=1)
            c = tf.sigmoid(f) * states[1] + tf.sigmoid(i) * tf.tanh(g)
            return tf.sigmoid(o) * tf.tanh(c), c

        given = tf.reverse(sequences, [1]) if backwards else sequences
        hiddens, carrieds = tf.scan(step, tf.transpose(given, [1, 0, 2]), (hidden, carried))
        return hiddens[-1], tf.transpose(hiddens, [1, 0, 2]), hiddens[-1], carrieds[-1], tf.constant(1.0)

    # Alike in two layers, one would be taken for another implementation of the other.
    attributes = {"api_implements": f"lstm_{number}", "api_preferred_device": "CPU", "time_major": False, "go_backwards": backwards}
    return tf.function(lstm, autograph=False, experimental_attributes=attributes)


def _refused(message: str) -> Refused:
    """A typed refusal."""
    return Refused("technique-not-for-model", message, hint=_HINT)
