"""What preparation gives, and how it refuses."""

from dataclasses import dataclass
from pathlib import Path

from pocketbench.simulator.packages.apk import NotInstalled


class NotPrepared(NotInstalled):
    """An APK that cannot be run here; told as a phone tells it whose compiler could not take the app."""

    WORD = "INSTALL_FAILED_DEXOPT"

    def __init__(self, why: str) -> None:
        super().__init__(self.WORD, why[:1000])


@dataclass(frozen=True, slots=True)
class Prepared:
    """An app that a JVM can run. All but ``framework`` and ``java`` is in ``folder``, which is in the cache and is never changed again.

    ``app`` is a jar; ``lib`` the folder of the APK's own libraries, ``libraries`` their names in the order in which they must be loaded; ``lookalikes``
    the system's libraries in that order, ``natives`` the library of the framework's native methods. ``refused`` names what the libraries may ask of the
    system and get no answer to.
    """

    folder: Path
    app: Path
    lib: Path
    libraries: tuple[str, ...]
    lookalikes: tuple[Path, ...]
    natives: Path
    framework: Path
    java: Path
    refused: tuple[str, ...] = ()
