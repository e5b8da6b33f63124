"""How long and how fast a network of the zoo learns, in every framework."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Schedule:
    """How long and how fast: Adam, its rate falling as a cosine from ``learning_rate`` to 0 over all ``epochs``."""

    epochs: int
    batch: int
    learning_rate: float
