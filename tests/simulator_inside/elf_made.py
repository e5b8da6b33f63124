"""Hand-made ELF libraries: one segment with everything in it, as little as the reader looks at."""

import struct
from dataclasses import dataclass, field

BASE = 0x1000  # the address of the file's first byte: addresses and places in the file differ


@dataclass
class Made:
    """A library to make. ``symbols`` are (name, kind, weak, defined, version); ``versions`` are (library, versions)."""

    soname: str = "libmade.so"
    needed: tuple[str, ...] = ("libc.so",)
    symbols: tuple[tuple[str, int, bool, bool, str | None], ...] = ()
    versions: tuple[tuple[str, tuple[str, ...]], ...] = (("libc.so", ("LIBC",)),)
    tags: dict[int, int] = field(default_factory=dict)
    thread_local: bool = False
    gnu_hash: bool = False

    def data(self) -> bytes:
        """The file."""
        strings, at = bytearray(b"\0"), {"": 0}

        def text(name: str) -> int:
            if name not in at:
                at[name] = len(strings)
                strings.extend(name.encode() + b"\0")
            return at[name]

        indices = {version: 2 + i for i, version in enumerate(version for _, versions in self.versions for version in versions)}
        symbols = bytes(24)
        numbers = struct.pack("<H", 0)
        for name, kind, weak, defined, version in self.symbols:
            symbols += struct.pack("<IBBHQQ", text(name), (2 if weak else 1) << 4 | kind, 0, 7 if defined else 0, 0, 0)
            numbers += struct.pack("<H", indices.get(version or "", 1))
        needs = b""
        for i, (library, versions) in enumerate(self.versions):
            last = i == len(self.versions) - 1
            needs += struct.pack("<HHIII", 1, len(versions), text(library), 16, 0 if last else 16 + 16 * len(versions))
            needs += b"".join(
                struct.pack("<IHHII", 0, 0, indices[version], text(version), 0 if j == len(versions) - 1 else 16) for j, version in enumerate(versions)
            )
        count = 1 + len(self.symbols)
        hashed = self._gnu(count) if self.gnu_hash else struct.pack("<II", 1, count) + bytes(4 * (1 + count))
        words = [(1, text(name)) for name in self.needed] + [(14, text(self.soname))]
        parts = [bytes(strings), symbols, hashed, numbers, needs]
        programs = 3 if self.thread_local else 2
        start = 64 + 56 * programs
        places = [start + sum(map(len, parts[:i])) for i in range(len(parts))]
        tags = [5, 6, 0x6FFFFEF5 if self.gnu_hash else 4, 0x6FFFFFF0, 0x6FFFFFFE]
        words += [(tag, BASE + place) for tag, place, part in zip(tags, places, parts, strict=True) if part] + list(self.tags.items())
        dynamic = b"".join(struct.pack("<QQ", *word) for word in (*words, (0, 0)))
        place = start + sum(map(len, parts))
        size = place + len(dynamic)
        header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 3, 62, 1, 0, 64, 0, 0, 64, 56, programs, 64, 0, 0)
        head = header + struct.pack("<IIQQQQQQ", 1, 5, 0, BASE, BASE, size, size, 4096)
        head += struct.pack("<IIQQQQQQ", 2, 6, place, BASE + place, BASE + place, len(dynamic), len(dynamic), 8)
        if self.thread_local:
            head += struct.pack("<IIQQQQQQ", 7, 4, 0, BASE, BASE, 8, 8, 8)
        return head + b"".join(parts) + dynamic

    def _gnu(self, count: int) -> bytes:
        """A hash table with one bucket that holds all defined symbols, which come last."""
        first = 1 + sum(1 for symbol in self.symbols if not symbol[3])
        table = struct.pack("<4I", 1, first, 1, 0) + bytes(8) + struct.pack("<I", first if first < count else 0)
        return table + b"".join(struct.pack("<I", 1 if i == count - 1 else 2) for i in range(first, count))


def wants(*names: str, version: str | None = "LIBC", weak: bool = False) -> tuple[tuple[str, int, bool, bool, str | None], ...]:
    """Functions that are asked for."""
    return tuple((name, 2, weak, False, version) for name in names)


def has(*names: str) -> tuple[tuple[str, int, bool, bool, str | None], ...]:
    """Functions that are there."""
    return tuple((name, 2, False, True, None) for name in names)
