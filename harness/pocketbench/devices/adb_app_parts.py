"""What of an APK is whose, from the directory at its own end: each engine's libraries, the page, the classes, the rest.

Android takes libraries that are compressed out of an APK when it installs it, those of one ABI, and keeps the APK as it is; what is stored
uncompressed and aligned it maps where it lies (https://developer.android.com/guide/topics/manifest/application-element#extractNativeLibs).
What its runtime compiles of the classes afterwards no APK says, and is in no number here.
"""

import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pocketbench.devices.adb_app_apk import MAX_ENTRIES, Apk
from pocketbench.devices.adb_app_apk import read as looked_at
from pocketbench.errors import PocketbenchError
from pocketbench.model import AppPart

# How the names of an engine's files begin, inside its folder of the APK: android_app/parts.toml names the archives that they are from.
LIBRARIES = {
    "tflite": ("libtensorflowlite",),
    "pytorch-lite": ("libpytorch", "libfbjni", "libc++_shared"),
    "onnxruntime": ("libonnxruntime",),
}
PAGE_OF, PAGE = "tfjs", "assets/page/"
CLASSES, REST, OTHERS, UNKNOWN = "classes", "resources and manifest", "libraries for other ABIs", "libraries of no known engine"
# Larger than any file that a phone takes.
MOST = 1 << 40


@dataclass(frozen=True, slots=True)
class Weighed:
    """An APK by its parts: engines in the order in which the APK has them, then what they share."""

    sha256: str
    size_bytes: int
    abi: str
    parts: tuple[AppPart, ...]


def read(path: Path, abis: str) -> Weighed:
    """Weigh an APK for a device with ``abis``, the preferred one first, commas between. Raises PocketbenchError for what is no APK of ours."""
    apk = looked_at(path)
    abi = _taken(apk, abis)
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()[:MAX_ENTRIES]
    if any(entry.file_size > MOST for entry in entries):
        raise PocketbenchError(f"{path}: its directory tells sizes that no file has", hint="pocketbench app build")
    owners: dict[str, list[zipfile.ZipInfo]] = {}
    for entry in entries:
        owners.setdefault(_owner(entry.filename, abi), []).append(entry)
    shared = (CLASSES, REST, UNKNOWN, OTHERS)
    ordered = [*(name for name in (*LIBRARIES, PAGE_OF) if name in owners), *(name for name in shared if name in owners)]
    return Weighed(apk.sha256, path.stat().st_size, abi, tuple(_part(name, owners[name], extracted=name != OTHERS) for name in ordered))


def _taken(apk: Apk, abis: str) -> str:
    """The ABI whose libraries a device takes: the first of its own that the APK has; of one that tells none, the APK's only one."""
    wanted = [abi.strip() for abi in abis.split(",")]
    return next((abi for abi in wanted if abi in apk.abis), apk.abis[0] if len(apk.abis) == 1 and not any(wanted) else "")


def _owner(name: str, abi: str) -> str:
    """Whose an entry is."""
    if name.startswith(PAGE):
        return PAGE_OF
    if name.startswith("classes") and name.endswith(".dex"):
        return CLASSES
    if not name.startswith("lib/"):
        return REST
    if not name.startswith(f"lib/{abi}/"):
        return OTHERS
    return next((engine for engine, begins in LIBRARIES.items() if _begins(name.rpartition("/")[2], begins)), UNKNOWN)


def _begins(name: str, beginnings: Sequence[str]) -> bool:
    """Whether a name begins with one of some words."""
    return name.startswith(tuple(beginnings))


def _part(name: str, entries: Iterable[zipfile.ZipInfo], *, extracted: bool) -> AppPart:
    """Entries taken together; compressed libraries that a device takes are there twice once installed."""
    own = list(entries)
    packed = sum(entry.compress_size for entry in own)
    beside = sum(entry.file_size for entry in own if extracted and entry.filename.startswith("lib/") and entry.compress_type != zipfile.ZIP_STORED)
    return AppPart(name, packed, packed + beside, len(own), name in LIBRARIES or name == PAGE_OF)
