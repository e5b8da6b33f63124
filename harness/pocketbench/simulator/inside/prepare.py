"""An APK prepared, once per computer."""

from collections.abc import Callable
from pathlib import Path

from pocketbench.simulator.inside.prepared import NotPrepared, Prepared


def prepare(apk: Path, listen: Callable[[str], None] = lambda _: None) -> Prepared:
    """Prepare an APK, or find it prepared in the cache; ``listen`` hears what is being done.

    Raises NotPrepared for an APK that cannot be run here, ToolchainMissing for want of a JDK, a C compiler or Maven, CacheError.
    """
    listen(f"preparing {apk.name}")
    raise NotPrepared(f"{apk.name}: not possible yet")
