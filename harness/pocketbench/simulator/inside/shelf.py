"""The shelf: a folder of the computer that a phone sees read-only, with the prepared apps of that phone alone."""

import os
import shutil
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pocketbench.simulator.inside.prepared import Prepared

PLACE = "apex/org.pocketbench.apps"  # in the phone's root


@dataclass(frozen=True, slots=True)
class Shelved:
    """A prepared app as the phone sees it: paths in its root. ``libraries`` and ``lookalikes`` are in the order in which they are loaded."""

    app: str
    launcher: str
    framework: str
    natives: str
    lib: str
    libraries: tuple[str, ...]
    lookalikes: tuple[str, ...]


def put(prepared: Prepared, launcher: Path, shelf: Path) -> Shelved:
    """Put an app, the launcher and the framework on the shelf: the same files once more where the file system can, else copies. Raises OSError."""
    folder = shelf / prepared.folder.name
    _once(folder, lambda making: shutil.copytree(prepared.folder, making, copy_function=_same))
    _once(shelf / launcher.parent.name, lambda making: shutil.copytree(launcher.parent, making, copy_function=_same))
    _once(shelf / prepared.framework.name, lambda making: _same(str(prepared.framework), str(making)))

    def seen(path: Path) -> str:
        return f"/{PLACE}/{folder.name}/{path.relative_to(prepared.folder)}"

    return Shelved(
        app=seen(prepared.app),
        launcher=f"/{PLACE}/{launcher.parent.name}/{launcher.name}",
        framework=f"/{PLACE}/{prepared.framework.name}",
        natives=seen(prepared.natives),
        lib=seen(prepared.lib),
        libraries=prepared.libraries,
        lookalikes=tuple(seen(path) for path in prepared.lookalikes),
    )


def _once(place: Path, make: Callable[[Path], object]) -> None:
    """Make what is not there yet, whole or not at all."""
    if place.exists():
        return
    making = place.with_name(f".{uuid.uuid4().hex}")
    make(making)
    os.replace(making, place)  # noqa: PTH105 - Path.rename would not replace


def _same(source: str, target: str) -> str:
    """The same file under another name, or a copy."""
    try:
        os.link(os.path.realpath(source), target)
    except OSError:
        shutil.copy2(source, target)
    return target
