"""System parts: what a lane or an engine needs of the operating system and pip cannot bring. One file a part.

Looking for a part is pure: files, libraries and programs are looked up, nothing is started or changed.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from pocketbench.registry import Registry


@dataclass(frozen=True, slots=True)
class Part:
    """One system part.

    ``purpose`` says what it does, ``needed_by`` which lane, engine or accelerator is missing without it, ``packages`` which
    packages bring it by distribution (an ID of os-release; none where no package does). ``elsewhere`` is what to do where
    there is no package, ``present`` whether it is here.
    """

    name: str
    purpose: str
    needed_by: tuple[str, ...]
    present: Callable[[], bool]
    packages: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    elsewhere: str = ""

    def packages_on(self, distributions: Iterable[str]) -> tuple[str, ...]:
        """The packages that bring it on a system, named by its ID and then the IDs that it is like; none where no package does."""
        return next((self.packages[name] for name in distributions if name in self.packages), ())


PARTS: Registry[Part] = Registry("system part")


def missing() -> tuple[Part, ...]:
    """The parts that are not here, in the order of the registry."""
    return tuple(part for part in PARTS if not part.present())


from pocketbench.parts import vulkan_loader as _vulkan_loader  # noqa: E402, F401, I001 - what is needed first is installed first
from pocketbench.parts import swiftshader as _swiftshader  # noqa: E402, F401
from pocketbench.parts import chromium as _chromium  # noqa: E402, F401
from pocketbench.parts import c_compiler as _c_compiler  # noqa: E402, F401
from pocketbench.parts import mesa as _mesa  # noqa: E402, F401
from pocketbench.parts import pocl as _pocl  # noqa: E402, F401
