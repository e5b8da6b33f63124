"""The archives that engines come in: classes are taken out of them once, libraries stay where they are."""

import re
import shutil
import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path

from pocketbench import cache
from pocketbench.app_build.parts import Part
from pocketbench.errors import PartRefused

KIND = "app-classes"
CLASSES = "classes.jar"
# e_phoff, e_phentsize and e_phnum of a 64-bit ELF file, then p_type, p_flags, p_offset, p_vaddr, p_paddr, p_filesz, p_memsz, p_align of its program headers.
_HEADER, _PROGRAM = struct.Struct("<32xQ14xHH"), struct.Struct("<IIQQQQQQ")
_LOAD = 1
MAX_HEADER_BYTES = 1 << 16


@dataclass(frozen=True, slots=True)
class Library:
    """One native library as an archive has it. ``page_bytes`` is the largest page that a kernel may have and still load it; sizes are in bytes."""

    engine: str
    abi: str
    name: str
    size_bytes: int
    packed_bytes: int
    page_bytes: int
    archive: Path

    @property
    def member(self) -> str:
        """Where it is in its archive."""
        return f"jni/{self.abi}/{self.name}"

    @property
    def in_apk(self) -> str:
        """Where it is in an APK."""
        return f"lib/{self.abi}/{self.name}"


def classes(part: Part, file: Path) -> Path:
    """The jar of a part's classes: itself, or the one in an Android archive, which is taken out once."""
    if file.suffix != ".aar":
        return file

    def make(new: Path) -> None:
        with zipfile.ZipFile(file) as archive, archive.open(CLASSES) as source, (new / CLASSES).open("wb") as to:
            shutil.copyfileobj(source, to)

    return cache.made(KIND, part.sha256, make)[0] / CLASSES


def libraries(part: Part, file: Path, abis: tuple[str, ...]) -> list[Library]:
    """The native libraries of a part for some ABIs, in the order of their names; none in a jar."""
    if file.suffix != ".aar":
        return []
    with zipfile.ZipFile(file) as archive:
        found = [
            (match, info) for info in archive.infolist() if (match := re.fullmatch(r"jni/([\w-]+)/([\w.+-]+\.so)", info.filename)) and match.group(1) in abis
        ]
        return [
            Library(part.group, match.group(1), match.group(2), info.file_size, info.compress_size, _page_bytes(archive, info), file)
            for match, info in sorted(found, key=lambda one: one[1].filename)
        ]


def _page_bytes(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> int:
    """The largest page that a library can be loaded with."""
    with archive.open(info) as file:
        head = file.read(MAX_HEADER_BYTES)
    try:
        return page_bytes(head)
    except (struct.error, ValueError) as error:
        raise PartRefused(f"{info.filename} is no library: {error}") from error


def page_bytes(head: bytes) -> int:
    """The smallest p_align of the loaded segments of a 64-bit little-endian ELF file, of which these are the first bytes (ELF-64 Object File Format, 1998)."""
    if head[:6] != b"\x7fELF\x02\x01":
        raise ValueError("not a 64-bit little-endian ELF file")
    start, size, count = _HEADER.unpack_from(head)
    segments = [_PROGRAM.unpack_from(head, start + size * each) for each in range(count)]
    return int(min(segment[7] for segment in segments if segment[0] == _LOAD))
