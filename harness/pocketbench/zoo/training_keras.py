"""How the zoo's networks learn in Keras 3: Adam, a rate that falls to nothing, one seed."""

from collections.abc import Callable
from typing import Any

from pocketbench.zoo import MODELS, training_rows
from pocketbench.zoo.schedule import Schedule

SEED = 0


def trained(name: str, build: Callable[[], Any], schedule: Schedule) -> Any:
    """Train the network that ``build`` gives on the rows of the zoo model ``name``; return it without its optimizer.

    An epoch is one call of the compiled step, which costs these small networks less than a call a batch does.
    """
    import keras

    keras.utils.set_random_seed(SEED)
    rows = training_rows(MODELS.get(name))
    model = build()
    steps = -(-len(rows.x) // schedule.batch)
    rate = keras.optimizers.schedules.CosineDecay(schedule.learning_rate, schedule.epochs * steps)
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", steps_per_execution=steps)
    model.fit(rows.x, rows.y, batch_size=schedule.batch, epochs=schedule.epochs, verbose=0)
    whole = build()
    whole.set_weights(model.get_weights())
    return whole
