"""``zoo:linear-regression`` in Keras 3."""

from typing import Any

from pocketbench.zoo.linear_regression import fit


def make() -> Any:
    """Return a ``keras.Model`` of one dense unit that holds the fitted weights."""
    import keras

    kernel, bias = fit()
    features = keras.Input((len(kernel),), name="features")
    unit = keras.layers.Dense(1, name="progression")
    model = keras.Model(features, unit(features), name="linear_regression")
    unit.set_weights([kernel, bias])
    return model
