"""``zoo:digits-cnn``: a small convolutional network for ``zoo:digits``, about 375 kB in float32.

In words, the same in every framework (input 8 x 8 x 1, channels last; ``n`` is the number of filters):

    conv 3x3, 32    batch norm, ReLU
    conv 3x3, 64    batch norm, ReLU
    max-pool 2x2, stride 2                                  8 x 8 becomes 4 x 4
    conv 3x3, 64    batch norm, ReLU   ┐
    conv 3x3, 64    batch norm         ├ + what went in, ReLU   (the one residual addition)
    global average pool
    dense 10, softmax

Convolutions have stride 1, no bias and one row of zeros on every side ("same" in Keras, ``padding=1`` in torch: alike for
3 x 3). The pool divides evenly, so it needs no padding. Nothing here is missing from any format or accelerator.
"""

from pocketbench.zoo import MODELS, ZooModel

FILTERS = (32, 64)
CLASSES = 10
NORM_EPSILON = 1e-3
# The share of the moving statistics that a batch leaves as it was (Keras; torch counts the other share).
NORM_MOMENTUM = 0.9

EPOCHS = 20
BATCH = 50
LEARNING_RATE = 3e-3

MODELS.add(
    ZooModel(
        name="digits-cnn", about="a small CNN with batch norm and one residual addition, about 375 kB in float32", data="digits", rows=1000,
        calibration=200, scoring=450, score="accuracy",
        makers={"keras": "pocketbench.zoo.digits_cnn_keras:make", "torch": "pocketbench.zoo.digits_cnn_torch:make"},
        packages=("scikit-learn",), shared=("schedule", "training_keras", "training_torch", "steady_torch"),
    )
)  # fmt: skip
