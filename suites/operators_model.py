"""A model with an operation that TensorFlow Lite does not have: it inverts a matrix made of each image."""

from typing import Any

from pocketbench import zoo

RIDGE = 1.0  # how far the matrix is from one that has no inverse
SHRINK = 0.01  # how much large weights cost


def build() -> Any:
    """Return a ``keras.Model`` for ``zoo:digits``: with X the 8 x 8 pixels, softmax(W (X X' + I)^-1 + b).

    W and b are those of a ridge regression of the labels, one column a class, on the inverse matrices of the digits CNN's training
    rows: solved at once, and the same each time.
    """
    import keras
    import numpy as np

    pixels = keras.Input((8, 8, 1), name="pixels")
    rows = keras.layers.Reshape((8, 8), name="rows")(pixels)
    square = keras.ops.matmul(rows, keras.ops.transpose(rows, (0, 2, 1))) + RIDGE * np.eye(8, dtype=np.float32)
    inverse = keras.layers.Flatten(name="inverse")(keras.ops.inv(square))
    classes = keras.layers.Dense(10, activation="softmax", name="classes")
    model = keras.Model(pixels, classes(inverse), name="inverse")
    given = zoo.training_rows(zoo.MODELS.get("digits-cnn"))
    x = np.asarray(keras.Model(pixels, inverse)(given.x), np.float64)
    x = np.column_stack([x, np.ones(len(x))])
    weights = np.linalg.solve(x.T @ x + SHRINK * np.eye(x.shape[1]), x.T @ np.eye(10)[given.y])
    classes.set_weights([weights[:-1], weights[-1]])
    return model
