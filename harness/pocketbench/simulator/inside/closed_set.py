"""The libraries of an app as one closed set: what it wants of the system, in which order its members are loaded, and what bars it from being loaded here."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pocketbench.simulator.inside.elf import Elf, Symbol

# The system libraries that look-alikes are made of, in the order in which they are loaded.
SYSTEM = ("libc.so", "libm.so", "libdl.so", "liblog.so", "libandroid.so", "libEGL.so", "libGLESv3.so", "libGLESv2.so")
# DT_ANDROID_REL, _RELA, _RELR and DT_RELR: glibc of 2022 does not know the first three, and takes the last only with a version that Android's libraries lack.
PACKED = {0x6000000F: "DT_ANDROID_REL", 0x60000011: "DT_ANDROID_RELA", 0x6FFFE000: "DT_ANDROID_RELR", 36: "DT_RELR"}
_CXX = re.compile(r"_Z|__cxa_|__gxx_|__dynamic_cast")  # of a C++ runtime, which is inside one of the set
VERSION = re.compile(r"[A-Z][A-Z0-9_]{0,30}", re.ASCII)


@dataclass(slots=True)
class Wish:
    """A symbol that the set wants of the system; ``weak`` when all of its users can do without, ``users`` the libraries that ask for it."""

    name: str
    version: str | None
    kind: int
    weak: bool = True
    users: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class ClosedSet:
    """``wishes`` in the order of their names, ``system`` the versions that are required of each system library, ``problems`` what bars the set, in words."""

    wishes: tuple[Wish, ...]
    system: dict[str, frozenset[str]]
    problems: tuple[str, ...]


def closed_set(libraries: Mapping[str, Elf]) -> ClosedSet:
    """What libraries, by their files' names, want of the system."""
    given = {*libraries, *(elf.soname for elf in libraries.values() if elf.soname)}
    defined = {symbol.name for elf in libraries.values() for symbol in elf.symbols if symbol.defined}
    wishes: dict[tuple[str, str], Wish] = {}
    for name, elf in libraries.items():
        ours = {version for library, versions in elf.requires.items() if library in given for version in versions}
        for symbol in elf.symbols:
            if not _inside(symbol, defined, ours):
                wish = wishes.setdefault((symbol.name, symbol.version or ""), Wish(symbol.name, symbol.version, symbol.kind))
                wish.weak &= symbol.weak
                wish.users.append(name)
    problems = tuple(problem for name, elf in libraries.items() for problem in _problems(name, elf, given))
    return ClosedSet(tuple(wishes[key] for key in sorted(wishes)), _system(libraries), problems)


def order(libraries: Mapping[str, Elf]) -> tuple[str, ...]:
    """Their names so that each comes after those that it needs; where they need each other, in the order of their names."""
    done: dict[str, None] = {}
    begun: set[str] = set()
    names = {elf.soname or name: name for name, elf in libraries.items()}
    waiting = sorted(libraries, reverse=True)
    while waiting:
        name = waiting[-1]
        missing = [] if name in begun else [names[other] for other in libraries[name].needed if other in names and names[other] not in begun]
        begun.add(name)
        if missing:
            waiting += missing
        else:
            done.setdefault(waiting.pop())
    return tuple(done)


def _inside(symbol: Symbol, defined: set[str], ours: set[str]) -> bool:
    """Whether the set itself has what a symbol asks for."""
    if symbol.defined:
        return True
    if symbol.version is None:
        return symbol.name in defined or _CXX.match(symbol.name) is not None
    return symbol.version in ours and symbol.name in defined


def _system(libraries: Mapping[str, Elf]) -> dict[str, frozenset[str]]:
    """The system libraries that the set needs, and the versions required of each."""
    found: dict[str, frozenset[str]] = {}
    for elf in libraries.values():
        for name in (*elf.needed, *elf.requires):
            if name in SYSTEM:
                found[name] = found.get(name, frozenset()) | elf.requires.get(name, frozenset())
    return {name: found[name] for name in SYSTEM if name in found}


def _problems(name: str, elf: Elf, given: set[str]) -> Iterator[str]:
    """What bars one library."""
    yield from (f"{name}: packed relocations ({PACKED[tag]})" for tag in sorted(elf.tags & PACKED.keys()))
    if elf.thread_local:
        yield f"{name}: a thread-local segment, which bionic and glibc place differently"
    yield from (f"{name} needs {other[:100]}, which the phone does not have" for other in elf.needed if other not in SYSTEM and other not in given)
    for library, versions in elf.requires.items():
        yield from (f"{name}: version {version[:40]!r} of {library}" for version in sorted(versions) if library in SYSTEM and not VERSION.fullmatch(version))
