"""Look-alikes of Android's system libraries for one closed set of libraries, without a byte of those changed.

They ask for ``name@LIBC`` of ``libc.so``: a library of that name that has that version is what the loader gives them, and glibc's functions of the same names
cannot be taken for it, their versions differ.
"""

from collections.abc import Mapping
from pathlib import Path

from pocketbench import assets
from pocketbench.simulator.inside import compiler, elf, rules, source
from pocketbench.simulator.inside.closed_set import ClosedSet, Wish, closed_set
from pocketbench.simulator.inside.elf import Elf
from pocketbench.simulator.inside.prepared import NotPrepared
from pocketbench.simulator.inside.rules import Known, Rule

SOURCES = "android_app/simulated/libc"
SHARED = "android_app/simulated/phone"  # what the look-alikes and the natives have in common
MAX_TOLD = 12
VERSION = "LIBC"


def lookalikes(libraries: Mapping[str, Elf], folder: Path, work: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Make them in a folder, their source in another: their names in the order in which they are loaded, and what gets no answer from them.

    Raises NotPrepared that names every library and symbol that bars the set, ToolchainMissing.
    """
    wanted = closed_set(libraries)
    ruled = _ruled(wanted, known())
    system = wanted.system
    _make(folder, work, "libc.so", sorted({VERSION, *system.get("libc.so", ())}), source.libc(ruled), "-lm", "-ldl", "-lpthread")
    for name, versions in system.items():
        if name != "libc.so":
            _make(folder, work, name, sorted(versions), source.anchors(sorted(versions)), folder / "libc.so")
    return ("libc.so", *(name for name in system if name != "libc.so")), tuple(wish.name for wish, rule in ruled if rule == "refused")


def known() -> Known:
    """What there are rules for. Raises ToolchainMissing."""
    sources = assets.find(SOURCES)
    libc = {symbol.name: symbol.kind for name in ("libm.so.6", "libc.so.6") for symbol in elf.read(compiler.library(name)).symbols if symbol.defined}
    return Known(rules.own_names(sources), rules.same_names(sources / "same_abi.txt"), libc)


def _ruled(wanted: ClosedSet, known: Known) -> list[tuple[Wish, Rule]]:
    """Every wish with its rule. Raises NotPrepared."""
    found = [(wish, rules.rule(wish, known)) for wish in wanted.wishes]
    problems = [*wanted.problems, *(rules.why_not(wish, known) for wish, rule in found if rule is None)]
    if problems:
        more = f"; and {len(problems) - MAX_TOLD} more" if len(problems) > MAX_TOLD else ""
        raise NotPrepared(f"its libraries ask for what is not here: {'; '.join(problems[:MAX_TOLD])}{more}")
    return [(wish, rule) for wish, rule in found if rule is not None]


def _make(folder: Path, work: Path, soname: str, versions: list[str], text: str, *more: str | Path) -> None:
    """Compile one."""
    code, script = work / f"{soname}.c", work / f"{soname}.map"
    code.write_text(text, encoding="utf-8")
    script.write_text(source.version_script(versions), encoding="utf-8")
    link = [f"-Wl,-soname,{soname}", "-Wl,-z,now", *([f"-Wl,--version-script={script}"] if versions else []), "-nostartfiles"]
    compiler.compile_([f"-I{assets.find(SOURCES)}", f"-I{assets.find(SHARED)}", *link, code, *more], folder / soname)
