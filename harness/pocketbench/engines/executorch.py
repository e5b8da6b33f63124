"""ExecuTorch's runtime on this computer and on Linux boards: its own kernels and XNNPACK, on the CPU."""

from collections.abc import Mapping

from pocketbench.engines import ENGINES
from pocketbench.model import Anatomy, Refusal

# Back ends whose programs a file may hold, as the operations of its anatomy begin, and whether the package's runtime has them.
XNNPACK = "XnnpackBackend"
_BACKEND = "Backend"


class Executorch:
    """The engine that ``device_scripts/engines/executorch.py`` carries."""

    name = "executorch"
    reads: tuple[str, ...] = ("executorch",)
    runners: tuple[str, ...] = ("python",)
    accelerators: tuple[str, ...] = ("cpu",)
    frameworks: tuple[str, ...] = ()
    package = "executorch"
    environment = ""
    usual = True

    @property
    def options(self) -> dict[str, tuple[str, ...]]:
        """None: which back end runs what was decided when the file was made; see its forms."""
        return {}

    def refuses(self, anatomy: Anatomy, accelerator: str, facts: Mapping[str, str | int | float]) -> Refusal | None:  # noqa: ARG002
        """Say export-only of a file that was lowered to a back end which the package's runtime does not have."""
        asked = {name.partition(" ")[0] for name in anatomy.operations if name.partition(" ")[0].endswith(_BACKEND)}
        absent = sorted(asked - {XNNPACK})
        if not absent:
            return None
        return Refusal(
            "admit", "export-only", f"ExecuTorch's runtime in the package executorch has no {', '.join(absent)}; a phone's application brings its own"
        )


ENGINES.add(Executorch())
