"""How much of an APK is what: libraries by engine and ABI, the page, the dex, the rest."""

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pocketbench.app_build.apk import Built


@dataclass(frozen=True, slots=True)
class Size:
    """One share, in bytes: as it is laid out on a phone, and in the APK. ``page_bytes`` is the largest page that its libraries load with, or 0."""

    what: str
    abi: str
    size_bytes: int
    packed_bytes: int
    page_bytes: int = 0


def sizes(built: Built) -> tuple[Size, ...]:
    """The shares of an APK; what is missing to its own size is names and the signature."""
    with zipfile.ZipFile(built.path) as apk:
        entries = apk.infolist()
    known = (("page", "assets/page/"), ("dex", "classes"), ("libraries", "lib/"))
    shares = {what: [entry for entry in entries if entry.filename.startswith(begins)] for what, begins in known}
    taken = {entry.filename for share in shares.values() for entry in share}
    rest = [entry for entry in entries if entry.filename not in taken]
    return (*_of_libraries(built), *(_sum(what, share) for what, share in (("page", shares["page"]), ("dex", shares["dex"]), ("resources", rest)) if share))


def _of_libraries(built: Built) -> Iterator[Size]:
    """Each engine's libraries, an ABI at a time."""
    for engine in built.engines:
        for abi in built.abis:
            if found := [library for library in built.libraries if (library.engine, library.abi) == (engine, abi)]:
                pages = min(library.page_bytes for library in found)
                yield Size(engine, abi, sum(one.size_bytes for one in found), sum(one.packed_bytes for one in found), pages)


def _sum(what: str, entries: Iterable[zipfile.ZipInfo]) -> Size:
    """Entries taken together."""
    listed = list(entries)
    return Size(what, "", sum(entry.file_size for entry in listed), sum(entry.compress_size for entry in listed))
