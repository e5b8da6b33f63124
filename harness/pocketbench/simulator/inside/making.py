"""An app made of an APK, in a cell: everything here reads what a stranger wrote."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from pocketbench import cache
from pocketbench.simulator.inside import archive, classes, closed_set, elf, lookalike, natives
from pocketbench.simulator.inside.cell import Task
from pocketbench.simulator.inside.elf import Elf, NotElf
from pocketbench.simulator.inside.prepared import NotPrepared

APP, LIB, SHIM, MADE = "app.jar", "lib", "shim", "prepared.json"


class Made(msgspec.Struct, frozen=True):
    """What an entry of the cache says of itself: names in order."""

    libraries: tuple[str, ...]
    lookalikes: tuple[str, ...]
    refused: tuple[str, ...]


def make(task: Task, listen: Callable[[str], None]) -> str:
    """Fill the task's folder, an entry of the cache. Raises NotPrepared, ToolchainMissing, OSError."""
    new, java = Path(task.folder), Path(task.java)
    (new / LIB).mkdir()
    (new / SHIM).mkdir()
    with TemporaryDirectory(dir=new) as work:
        code = Path(work, "classes.zip")
        names = archive.take(Path(task.apk), code, new / LIB)
        if names:
            listen(f"system libraries for its {len(names)} native libraries")
        libraries = {name: _read(new / LIB / name) for name in names}
        made, refused = lookalike.lookalikes(libraries, new / SHIM, Path(work)) if names else ((), ())
        natives.natives(java, new / SHIM)
        listen("its dex is turned back into classes")
        classes.jar_of(code, new / APP, java, [Path(name) for name in task.path], Path(task.mender), Path(task.framework), listen)
    cache.keep(new / MADE, Made(closed_set.order(libraries), made, refused))
    return ""


def _read(library: Path) -> Elf:
    """One of its libraries. Raises NotPrepared."""
    try:
        return elf.read(library)
    except NotElf as error:
        raise NotPrepared(f"lib/x86_64/{error}") from error
