"""Operator models of activations: each function returns one in the framework that it is asked for. See ``coverage.toml``."""

from typing import Any

from coverage_parts import alike, of_table, spread


def relu(framework: str) -> Any:
    """ReLU."""
    return _bent(framework, "relu", "relu")


def relu6(framework: str) -> Any:
    """ReLU that ends at 6."""
    return _bent(framework, "relu6", "relu6")


def leaky_relu(framework: str) -> Any:
    """ReLU with a slope below zero."""
    return _bent(framework, "leaky_relu", "leaky_relu")


def elu(framework: str) -> Any:
    """ELU."""
    return _bent(framework, "elu", "elu")


def selu(framework: str) -> Any:
    """SELU."""
    return _bent(framework, "selu", "selu")


def gelu(framework: str) -> Any:
    """GELU by the error function."""
    return of_table(
        framework,
        lambda keras: lambda value: keras.ops.gelu(spread(value), approximate=False),
        lambda torch: lambda value: torch.nn.functional.gelu(spread(value)),
    )


def gelu_tanh(framework: str) -> Any:
    """GELU by tanh."""
    return of_table(
        framework,
        lambda keras: lambda value: keras.ops.gelu(spread(value), approximate=True),
        lambda torch: lambda value: torch.nn.functional.gelu(spread(value), approximate="tanh"),
    )


def silu(framework: str) -> Any:
    """SiLU, also called swish."""
    return _bent(framework, "silu", "silu")


def hard_swish(framework: str) -> Any:
    """Swish made of straight lines."""
    return _bent(framework, "hard_silu", "hardswish")


def softplus(framework: str) -> Any:
    """Softplus."""
    return _bent(framework, "softplus", "softplus")


def mish(framework: str) -> Any:
    """Mish."""
    return of_table(
        framework,
        lambda keras: lambda value: keras.layers.Activation("mish")(spread(value)),
        lambda torch: lambda value: torch.nn.functional.mish(spread(value)),
    )


def sigmoid(framework: str) -> Any:
    """The logistic function."""
    return _bent(framework, "sigmoid", "sigmoid")


def tanh(framework: str) -> Any:
    """The hyperbolic tangent."""
    return _bent(framework, "tanh", "tanh")


def softmax(framework: str) -> Any:
    """Softmax over columns."""
    return alike(framework, lambda ops: lambda value: ops.softmax(spread(value), -1))


def log_softmax(framework: str) -> Any:
    """The logarithm of softmax."""
    return alike(framework, lambda ops: lambda value: ops.log_softmax(spread(value), -1))


def _bent(framework: str, keras_name: str, torch_name: str) -> Any:
    """An activation of numbers on both sides of zero."""
    return of_table(
        framework,
        lambda keras: lambda value: getattr(keras.ops, keras_name)(spread(value)),
        lambda torch: lambda value: getattr(torch.nn.functional, torch_name)(spread(value)),
    )
