"""What ``am instrument -w -r`` prints, read: pure, total.

The form is that of AOSP's frameworks/base/cmds/am (Instrument.java): one ``INSTRUMENTATION_STATUS: KEY=VALUE`` line an entry of a bundle and
one with its code behind them; at the end ``INSTRUMENTATION_RESULT`` lines and ``INSTRUMENTATION_CODE``. A value may go on over lines.
"""

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

# Of a process that ended without a word Android says this itself; a native crash may leave nothing at all.
CRASHED = "Process crashed."
MAX_OUTPUT_PIECE_BYTES = 64 * 1024

_ENTRY = re.compile(r"INSTRUMENTATION_(STATUS|RESULT): ([^=\n]{1,200})=(.*)", re.DOTALL)
_CODE = re.compile(r"INSTRUMENTATION_CODE: (-?[0-9]{1,9})")
_FAILED = re.compile(r"(?:INSTRUMENTATION_FAILED|INSTRUMENTATION_ABORTED|onError): *(.*)")
_OUTPUT = re.compile(r"([^:\0]{1,200}):([0-9]{1,15}):([A-Za-z0-9+/=]*)")


@dataclass(frozen=True, slots=True)
class Said:
    """What an instrumentation told. ``code`` is None where its process ended before it did; ``failed`` is why Android could not start it, "" where it could."""

    statuses: tuple[tuple[str, str], ...] = ()
    results: Mapping[str, str] = field(default_factory=dict)
    code: int | None = None
    failed: str = ""

    @property
    def crashed(self) -> str:
        """How its process ended where that was no end of its own, at most 300 characters; "" where it was."""
        if self.code == -1 and "shortMsg" not in self.results:
            return ""
        words = " ".join(" ".join(self.results.get(key, "") for key in ("shortMsg", "longMsg")).split())
        return (words or CRASHED)[:300]

    def every(self, key: str) -> Iterator[str]:
        """The values that were told under one key, in order."""
        return (value for name, value in self.statuses if name == key)

    @property
    def report(self) -> str:
        """The report's lines, where they were told here: long ones came in pieces."""
        pieces = (value + ("\n" if key == "report" else "") for key, value in self.statuses if key in ("report", "report_piece"))
        return "".join(pieces)


def read(text: str) -> Said:
    """Read what was printed; lines that are nobody's are left out."""
    statuses: list[tuple[str, str]] = []
    results: dict[str, str] = {}
    code, failed = None, ""
    for line in _joined(text):
        if entry := _ENTRY.fullmatch(line):
            if entry[1] == "STATUS":
                statuses.append((entry[2], entry[3]))
            else:
                results[entry[2]] = entry[3]
        elif found := _CODE.match(line):
            code = int(found[1])
        elif found := _FAILED.search(line.partition("\n")[0]):
            failed = found[1].strip()[:300] or "failed"
    if failed:  # Android's own word for why stands in a status
        failed = next((value for key, value in statuses if key == "Error"), failed)[:300]
    return Said(tuple(statuses), results, code, failed)


def pieces(said: Said) -> Iterator[tuple[str, int, bytes]]:
    """Pieces of outputs that were told: the file's name, where the piece begins, its bytes; what has another form is left out."""
    for value in said.every("output"):
        found = _OUTPUT.fullmatch(value.strip())
        if found and len(found[3]) <= 2 * MAX_OUTPUT_PIECE_BYTES:
            try:
                yield found[1], int(found[2]), base64.b64decode(found[3], validate=True)
            except binascii.Error:
                continue


def _joined(text: str) -> Iterator[str]:
    """The lines that begin with a word of ``am``, each with those behind it that go on with its value."""
    held: list[str] = []
    for line in text.splitlines():
        if line.startswith("INSTRUMENTATION_") or _FAILED.search(line):
            yield from ["\n".join(held)] if held else []
            held = [line]
        elif held:
            held.append(line)
    yield from ["\n".join(held)] if held else []
