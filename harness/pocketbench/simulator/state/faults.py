"""What is wrong with the wire right now. What is wrong with the phone itself (heat, battery, storage) lies where it belongs."""

from dataclasses import dataclass, fields
from typing import Literal

Wedge = Literal["", "shell", "all"]


@dataclass(slots=True)
class Faults:
    """``rate`` in bytes a second each way, ``latency`` in seconds before each packet is looked at, ``drop_after`` payload bytes until the cable is pulled once.

    ``wedge`` is "shell" (commands start and never say or end) or "all" (nothing is answered); ``offline`` is a phone that takes connections and never greets.
    """

    rate: float | None = None
    latency: float = 0.0
    drop_after: int | None = None
    wedge: Wedge = ""
    offline: bool = False

    def heal(self) -> None:
        """Nothing is wrong any more."""
        fresh = Faults()
        for field in fields(self):
            setattr(self, field.name, getattr(fresh, field.name))
