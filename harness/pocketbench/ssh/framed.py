"""One command there and its answer, told apart from whatever else the far side says: what a login shell's own files print, banners, ssh's words. Pure.

The command line is short, and means the same to every login shell (fish and csh too); what is to be run comes by standard input.
Both streams begin with a mark that is of this call alone, and standard error ends with it and the exit code: ssh's own exit code
cannot be told from the command's, and where the mark is missing the answer is not whole.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

# What is said before the mark, and what is kept of it.
NOISE_BYTES = 1 << 16

_RUN = """exec sh -c 'LC_ALL=C; export LC_ALL; echo {mark}; echo {mark} >&2; t=$({read}); {close}(eval "$t"); c=$?; echo >&2; echo {mark} $c >&2'"""


class TooMuch(Exception):
    """The far side says more than it may."""


def new_mark() -> str:
    """A mark that nothing else says."""
    return f"pocketbench-{secrets.token_hex(8)}"


def line(mark: str, text_bytes: int = 0) -> str:
    """The command line: it runs the text on its standard input or, with ``text_bytes``, so much of it, which then reads the rest."""
    if text_bytes:
        return _RUN.format(mark=mark, read=f"dd bs=1 count={text_bytes} 2>/dev/null", close="")
    return _RUN.format(mark=mark, read="cat", close="exec </dev/null; ")


@dataclass(slots=True)
class Marked:
    """A stream: what comes after the mark is given on; what came before it is kept, for messages. Raises TooMuch beyond ``limit_bytes``."""

    mark: bytes
    limit_bytes: int
    give: Callable[[bytes], object]
    before: bytes = b""
    begun: bool = False
    given: int = field(default=0)

    def take(self, piece: bytes) -> None:
        """Take more of it."""
        if not self.begun:
            self.before += piece
            said, found, piece = self.before.partition(self.mark + b"\n")
            if not found:
                if len(self.before) > NOISE_BYTES:
                    raise TooMuch
                return
            self.before, self.begun = said, True
        self.given += len(piece)
        if self.given > self.limit_bytes:
            raise TooMuch
        if piece:
            self.give(piece)


def ended(complaint: bytes, mark: str) -> tuple[bytes, int] | None:
    """What was said on standard error between the marks, and the exit code; None where the end is missing."""
    said, found, code = complaint.rpartition(f"\n{mark} ".encode())
    number = code.split(b"\n")[0]
    return (said, int(number)) if found and number.isdigit() and len(number) < 4 else None
