"""Keras on TensorFlow: the model as it was trained, on the CPU of this computer or of a board."""

from collections.abc import Mapping

from pocketbench.engines import ENGINES
from pocketbench.model import SOURCE, Anatomy, Refusal


class Keras:
    """The engine that ``device_scripts/engines/keras.py`` carries."""

    name = "keras"
    reads: tuple[str, ...] = (SOURCE,)
    frameworks: tuple[str, ...] = ("keras",)
    runners: tuple[str, ...] = ("python",)
    accelerators: tuple[str, ...] = ("cpu",)
    package = "keras"
    environment = ""
    usual = True

    @property
    def options(self) -> dict[str, tuple[str, ...]]:
        """None."""
        return {}

    def refuses(self, anatomy: Anatomy, accelerator: str, facts: Mapping[str, str | int | float]) -> Refusal | None:  # noqa: ARG002
        """Nothing: what was opened as a source runs."""
        return None


ENGINES.add(Keras())
