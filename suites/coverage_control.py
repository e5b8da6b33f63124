"""Operator models whose path depends on what comes in: what tracing cannot see. See ``coverage.toml``."""

from typing import Any

from coverage_parts import TABLE

STEPS = 8


def branch(framework: str) -> Any:
    """Twice the numbers where their mean is above a half, else their negatives."""
    return _keras(_keras_branch) if framework == "keras" else _torch(_branch_module())


def loop(framework: str) -> Any:
    """The numbers doubled until their sum is above a hundred, at most eight times."""
    return _keras(_keras_loop) if framework == "keras" else _torch(_loop_module())


def _keras_branch(keras: Any, value: Any) -> Any:
    """A branch of Keras."""
    return keras.ops.cond(keras.ops.mean(value) > 0.5, lambda: 2.0 * value, lambda: -value)


def _keras_loop(keras: Any, value: Any) -> Any:
    """A loop of Keras."""
    return keras.ops.while_loop(lambda one: keras.ops.sum(one) < 100.0, lambda one: (2.0 * one,), (value,), maximum_iterations=STEPS)[0]


def _keras(compute: Any) -> Any:
    """A model around a layer of one's own, as Keras writes branches: it is kept as the graph of TensorFlow that it becomes."""
    import keras

    class Control(keras.layers.Layer):
        """Carries out ``compute``."""

        def call(self, value: Any) -> Any:
            """Compute."""
            return compute(keras, value)

    value = keras.Input(TABLE, batch_size=1, name="given")
    return keras.Model(value, Control()(value), name="operator")


def _torch(module: Any) -> tuple[Any, Any]:
    """A module and a row."""
    import torch

    return module.eval(), torch.rand(1, *TABLE, generator=torch.Generator().manual_seed(1))


def _branch_module() -> Any:
    """A module that branches: exporters refuse it, TorchScript compiles it."""
    import torch

    class Branch(torch.nn.Module):
        """Twice the numbers, or their negatives."""

        def forward(self, value: torch.Tensor) -> torch.Tensor:
            """Compute."""
            if float(value.mean()) > 0.5:
                return 2.0 * value
            return -value

    return Branch()


def _loop_module() -> Any:
    """A module that loops."""
    import torch

    class Loop(torch.nn.Module):
        """Doubled until the sum is above a hundred."""

        def forward(self, value: torch.Tensor) -> torch.Tensor:
            """Compute."""
            steps = 0
            while steps < 8 and float(value.sum()) < 100.0:
                value = 2.0 * value
                steps += 1
            return value

    return Loop()
