"""The app as one file, looked at before a phone is asked to take it."""

import zipfile
from dataclasses import dataclass
from pathlib import Path

from pocketbench import cache
from pocketbench.devices.adb_app_order import PACKAGE
from pocketbench.errors import PocketbenchError

MANIFEST = "AndroidManifest.xml"
MAX_MANIFEST_BYTES = 1 << 20
MAX_ENTRIES = 10_000
# The app's manifest: what it is for.
OLDEST_API = 26
OF_THE_APP = (PACKAGE, "OrderInstrumentation")


@dataclass(frozen=True, slots=True)
class Apk:
    """An APK of ours: its hash, and the ABIs that it has libraries for, none where it has no libraries."""

    path: Path
    sha256: str
    abis: tuple[str, ...]


def read(path: Path) -> Apk:
    """Look at an APK. Raises PocketbenchError for what is none, or is another app."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()[:MAX_ENTRIES]
            with archive.open(MANIFEST) as file:
                manifest = file.read(MAX_MANIFEST_BYTES)
    except (zipfile.BadZipFile, KeyError, OSError, RuntimeError, NotImplementedError, ValueError, EOFError) as error:
        raise PocketbenchError(f"{path}: this is no APK ({error})"[:300], hint="pocketbench app build") from error
    if not all(_holds(manifest, text) for text in OF_THE_APP):
        raise PocketbenchError(f"{path}: an APK, and not Pocketbench's app {PACKAGE}", hint="pocketbench app build")
    abis = sorted({name.split("/")[1] for name in names if name.startswith("lib/") and name.count("/") == 2})
    return Apk(path.absolute(), cache.sha256_of(path), tuple(abis))


def _holds(manifest: bytes, text: str) -> bool:
    """Whether a binary manifest's pool of texts, which is UTF-8 or UTF-16, has this one."""
    return text.encode() in manifest or text.encode("utf-16-le") in manifest
