"""``zoo:digits-mobilenet``: a small MobileNetV2 for ``zoo:digits``, about 122 kB in float32.

In words (channels last; a block is "inverted residual": 1 x 1 to ``t`` times the channels, batch norm, ReLU6; depthwise
3 x 3, batch norm, ReLU6; 1 x 1 to ``c`` channels, batch norm, and no activation, the "linear bottleneck"; what went in is added
where the shape stays):

    every pixel twice, in both directions          8 x 8 becomes 16 x 16
    conv 3x3, 16, stride 2, batch norm, ReLU6      8 x 8
    block t 1, c 16                                added
    block t 4, c 24, stride 2                      4 x 4
    block t 4, c 24                                added
    block t 4, c 32, stride 2                      2 x 2
    block t 4, c 32                                added
    conv 1x1, 96, batch norm, ReLU6
    global average pool
    dense 10, softmax

Convolutions have no bias. With stride 1 there is one row of zeros on every side; with stride 2, sizes being even, one below and
one on the right ("same" in Keras; the other frameworks pad so by hand).

M. Sandler et al., "MobileNetV2: Inverted Residuals and Linear Bottlenecks", 2018.
"""

from pocketbench.zoo import MODELS, ZooModel

UPSAMPLED = 2
STEM, HEAD = 16, 96
# Of each block: t, c and the stride.
BLOCKS = ((1, 16, 1), (4, 24, 2), (4, 24, 1), (4, 32, 2), (4, 32, 1))
HIGHEST = 6.0
CLASSES = 10
NORM_EPSILON = 1e-3
# The share of the moving statistics that a batch leaves as it was (Keras; torch counts the other share).
NORM_MOMENTUM = 0.9

EPOCHS = 10
BATCH = 50
LEARNING_RATE = 5e-3

MODELS.add(
    ZooModel(
        name="digits-mobilenet", about="a small MobileNetV2: depthwise convolutions, ReLU6, linear bottlenecks, about 122 kB in float32",
        data="digits", rows=1000, calibration=200, scoring=450, score="accuracy",
        makers={"keras": "pocketbench.zoo.digits_mobilenet_keras:make", "torch": "pocketbench.zoo.digits_mobilenet_torch:make"},
        packages=("scikit-learn",), shared=("schedule", "training_keras", "training_torch", "steady_torch"),
    )
)  # fmt: skip
