"""``zoo:digits-attention``: one transformer block over the rows of an image of ``zoo:digits``, about 81 kB in float32.

In words (``8 x 48``: 48 numbers for each of the 8 rows of pixels):

    reshape                        8 rows of 8 pixels
    one matrix, a bias a row       8 x 48; the bias tells the rows apart
    layer norm, self-attention of 3 heads of 16    + what went in
    layer norm, dense 96, GELU, dense 48           + what went in
    layer norm, the average over the rows
    dense 10, softmax

A. Vaswani et al., "Attention Is All You Need", 2017; the norms stand before, as in R. Xiong et al., "On Layer Normalization in
the Transformer Architecture", 2020. GELU is the exact one, with the error function.
"""

from pocketbench.zoo import MODELS, ZooModel

ROWS, PIXELS = 8, 8
WIDTH = 48
HEADS, HEAD_WIDTH = 3, 16
INNER = 96
CLASSES = 10
NORM_EPSILON = 1e-5

EPOCHS = 40
BATCH = 50
LEARNING_RATE = 5e-3

MODELS.add(
    ZooModel(
        name="digits-attention", about="one block of self-attention over the rows of an image, layer norm, GELU, about 81 kB in float32",
        data="digits", rows=1000, calibration=200, scoring=450, score="accuracy",
        makers={"keras": "pocketbench.zoo.digits_attention_keras:make", "torch": "pocketbench.zoo.digits_attention_torch:make"},
        packages=("scikit-learn",), shared=("schedule", "training_keras", "training_torch", "steady_torch"),
    )
)  # fmt: skip
