"""What each wish of a closed set becomes: an own function, a jump to glibc, a forward to the computer's graphics, an answer of 0; else it bars the set."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pocketbench.simulator.inside.closed_set import VERSION, Wish
from pocketbench.simulator.inside.elf import FUNCTION, INDIRECT, THREAD_LOCAL

Rule = Literal["own", "jump", "forward", "refused", "weak"]
GRAPHICS = re.compile(r"(egl|gl)[A-Z][A-Za-z0-9_]*", re.ASCII)
# Libraries that this phone has in name only: an app's assets are read by Java.
REFUSED = re.compile(r"AAsset[A-Za-z_]*", re.ASCII)
_OWN = re.compile(r"^[\w *()]*?\bbionic_(\w+)[\[(]", re.MULTILINE | re.ASCII)
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Known:
    """The names that have an own function, those of the reviewed allow list, and the kind of each that the computer's libc and libm have."""

    own: frozenset[str]
    same: frozenset[str]
    libc: Mapping[str, int]


def own_names(sources: Path) -> frozenset[str]:
    """The names that have a function or a variable ``bionic_NAME`` in the sources of the look-alike."""
    return frozenset(name for file in sorted(sources.glob("*.h")) for name in _OWN.findall(file.read_text(encoding="utf-8")))


def same_names(file: Path) -> frozenset[str]:
    """The names of an allow list; comments begin with ``#``."""
    return frozenset(re.sub(r"#.*", "", file.read_text(encoding="utf-8")).split())


def rule(wish: Wish, known: Known) -> Rule | None:
    """The rule for a wish, None without one. Only names that are C's, of versions that are plain, get one: both are written into source code."""
    if not _NAME.fullmatch(wish.name) or (wish.version is not None and not VERSION.fullmatch(wish.version)):
        return None
    if wish.name in known.own:
        return "own"
    if wish.name in known.same and wish.kind != THREAD_LOCAL and known.libc.get(wish.name) in (FUNCTION, INDIRECT):
        return "jump"
    if GRAPHICS.fullmatch(wish.name):
        return "forward"
    if REFUSED.fullmatch(wish.name):
        return "refused"
    return "weak" if wish.weak and wish.name not in known.libc else None


def why_not(wish: Wish, known: Known) -> str:
    """What to say of a wish without a rule."""
    if wish.version is not None and not VERSION.fullmatch(wish.version):
        return f"{', '.join(wish.users[:3])} calls {wish.name[:100]} of version {wish.version[:40]!r}, which no system has"
    has = "is in this computer's libc, but nobody has compared it with Android's" if wish.name in known.libc else "is nothing that this phone has"
    return f"{', '.join(wish.users[:3])} calls {wish.name[:100]}, which {has}"
