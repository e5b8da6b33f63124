"""``zoo:digits-lstm``: a recurrent network for ``zoo:digits`` that reads an image row by row, about 77 kB in float32.

In words:

    reshape                        8 rows of 8 pixels, a sequence of 8 vectors
    LSTM 64                        the last state alone; tanh, sigmoid for the gates
    dense 10, softmax

S. Hochreiter and J. Schmidhuber, "Long Short-Term Memory", Neural Computation 9 (8), 1997.
"""

from pocketbench.zoo import MODELS, ZooModel

ROWS, PIXELS = 8, 8
UNITS = 64
CLASSES = 10

EPOCHS = 40
BATCH = 50
LEARNING_RATE = 1e-2

MODELS.add(
    ZooModel(
        name="digits-lstm", about="one LSTM of 64 units that reads an image row by row, about 77 kB in float32",
        data="digits", rows=1000, calibration=200, scoring=450, score="accuracy",
        makers={"keras": "pocketbench.zoo.digits_lstm_keras:make", "torch": "pocketbench.zoo.digits_lstm_torch:make"},
        packages=("scikit-learn",), shared=("schedule", "training_keras", "training_torch", "steady_torch"),
    )
)  # fmt: skip
