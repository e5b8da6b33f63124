"""What the operator models of ``coverage.toml`` are made of: a model in Keras or in torch around one operation, with seeded weights.

Weights are drawn by the framework, which whoever calls has seeded; biases, scales and statistics are drawn too, so that an operation
that lost one gives other numbers. Outputs never have the shape (batch, classes): every model is held against its source by relative error.
"""

from collections.abc import Callable, Sequence
from typing import Any

IMAGE = (12, 12, 4)  # height, width, channels; torch's have the channels first
SEQUENCE = (10, 6)  # steps, features; torch's convolutions have the features first
TABLE = (6, 8)  # rows, columns, the same in both
TOKENS = (10, 1)  # whole numbers from 0 to 9
LOW, HIGH = 0.5, 1.5  # what biases, scales and statistics are drawn between

Make = Callable[[Any], Callable[..., Any]]


def made(framework: str, shape: Sequence[int], keras: Make, torch: Make, *, channels_first: bool = False, whole: bool = False) -> Any:
    """Return a model around what ``keras`` or ``torch`` makes, given the framework's package: a ``keras.Model``, or a module and a row of its inputs.

    ``channels_first`` moves the last axis of torch's input to the front, ``whole`` is for inputs of whole numbers.
    """
    if framework == "keras":
        return _keras_model(shape, keras, "int32" if whole else "float32")
    return _torch_model((shape[-1], *shape[:-1]) if channels_first else tuple(shape), torch, whole=whole)


def of_table(framework: str, keras: Make, torch: Make) -> Any:
    """A model of a table."""
    return made(framework, TABLE, keras, torch)


def of_image(framework: str, keras: Make, torch: Make) -> Any:
    """A model of an image."""
    return made(framework, IMAGE, keras, torch, channels_first=True)


def alike(framework: str, make: Make) -> Any:
    """A model of a table by a function that both frameworks call alike: ``make`` is given ``keras.ops`` or ``torch``."""
    return of_table(framework, lambda keras: make(keras.ops), make)


def plainly(compute: Callable[..., Any]) -> Make:
    """What needs no package, only what its arrays can do."""
    return lambda _: compute


def spread(value: Any) -> Any:
    """Numbers between 0 and 1 to numbers between -2 and 2: both sides of what an activation bends at."""
    return 4.0 * value - 2.0


def _keras_model(shape: Sequence[int], make: Make, dtype: str) -> Any:
    """A functional model of one input."""
    import keras
    import numpy as np

    value = keras.Input(tuple(shape), dtype=dtype, name="given")
    model = keras.Model(value, make(keras)(value), name="operator")
    for weight in model.weights:
        if len(weight.shape) == 1 and "float" in str(weight.dtype):
            weight.assign(np.random.default_rng(weight.shape[0]).uniform(LOW, HIGH, weight.shape))
    return model


def _torch_model(shape: tuple[int, ...], make: Make, *, whole: bool) -> tuple[Any, Any]:
    """A module, and a row of zeros or of numbers that tell more."""
    import torch

    class Operator(torch.nn.Module):
        """What was made, as a module."""

        def __init__(self) -> None:
            super().__init__()
            self.operation = make(torch)

        def forward(self, given: torch.Tensor) -> torch.Tensor:
            """Carry out the operation."""
            return self.operation(given)

    model = Operator().eval()
    with torch.no_grad():
        for tensor in (*model.parameters(), *model.buffers()):
            if tensor.dim() == 1 and tensor.is_floating_point():
                tensor.uniform_(LOW, HIGH)
    row = torch.zeros(1, *shape, dtype=torch.int64) if whole else torch.rand(1, *shape, generator=torch.Generator().manual_seed(1))
    return model, row
