"""``zoo:digits-mlp``: a multilayer perceptron for ``zoo:digits``, about 69 kB in float32: dense layers and nothing else.

In words:

    flatten                        64 pixels
    dense 128, ReLU
    dense 64, ReLU
    dense 10, softmax

Nothing here is missing from any format or accelerator.
"""

from pocketbench.zoo import MODELS, ZooModel

UNITS = (128, 64)
CLASSES = 10

EPOCHS = 25
BATCH = 50
LEARNING_RATE = 3e-3

MODELS.add(
    ZooModel(
        name="digits-mlp", about="a multilayer perceptron of three dense layers, about 69 kB in float32",
        data="digits", rows=1000, calibration=200, scoring=450, score="accuracy",
        makers={"keras": "pocketbench.zoo.digits_mlp_keras:make", "torch": "pocketbench.zoo.digits_mlp_torch:make"},
        packages=("scikit-learn",), shared=("schedule", "training_keras", "training_torch", "steady_torch"),
    )
)  # fmt: skip
