"""torch: the model as it was trained, on the CPU of this computer or of a board."""

from collections.abc import Mapping

from pocketbench.engines import ENGINES
from pocketbench.model import SOURCE, Anatomy, Refusal


class Torch:
    """The engine that ``device_scripts/engines/torch.py`` carries."""

    name = "torch"
    reads: tuple[str, ...] = (SOURCE,)
    frameworks: tuple[str, ...] = ("torch",)
    runners: tuple[str, ...] = ("python",)
    accelerators: tuple[str, ...] = ("cpu",)
    package = "torch"
    environment = ""
    usual = True

    @property
    def options(self) -> dict[str, tuple[str, ...]]:
        """None."""
        return {}

    def refuses(self, anatomy: Anatomy, accelerator: str, facts: Mapping[str, str | int | float]) -> Refusal | None:  # noqa: ARG002
        """Nothing: what was opened as a source runs."""
        return None


ENGINES.add(Torch())
