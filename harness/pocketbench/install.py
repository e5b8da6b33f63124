"""Bring the system parts that are missing, where that may be done: by root, on Debian or a system like it.

:func:`decide` is pure and says what would be done, and what is to be typed where it may not; :func:`install` does it.
"""

import os
import shlex
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pocketbench.errors import InstallFailed
from pocketbench.parts import Part

FORBIDDEN = "POCKETBENCH_NO_INSTALL"
OS_RELEASE = Path("/etc/os-release")
# apt must not stop to ask anything.
ENVIRONMENT = {"DEBIAN_FRONTEND": "noninteractive"}
LAST_LINES = 12

Command = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class System:
    """What decides whether parts may be brought: the distribution's ID and those it is like, root or not, forbidden or not."""

    distributions: tuple[str, ...]
    root: bool
    forbidden: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be done: ``commands`` to run for ``parts``, or why not; and ``lines`` for a person to follow in either case."""

    parts: tuple[Part, ...] = ()
    commands: tuple[Command, ...] = ()
    why_not: str = ""
    lines: tuple[str, ...] = ()


def install(missing: Sequence[Part], here: System, tell: Callable[[str], object]) -> None:
    """Bring the parts that are missing, as far as that may be done; tell what is done, or what to type. Raises InstallFailed."""
    if not missing:
        tell("every system part is here: nothing to install")
        return
    decision = decide(missing, here)
    if decision.why_not:
        tell(f"nothing is installed: {decision.why_not}")
    for line in decision.lines:
        tell(f"to do: {line}")
    for command in decision.commands:
        tell(written(command))
        _run(command)
    if decision.commands:
        _look_again(decision.parts)
        tell(f"installed: {', '.join(part.name for part in decision.parts)}")


def decide(missing: Sequence[Part], here: System) -> Decision:
    """Say what brings those parts on that system, if it may be done. Pure."""
    apt = "debian" in here.distributions
    brought = tuple(part for part in missing if apt and part.packages_on(here.distributions))
    packages = tuple(dict.fromkeys(name for part in brought for name in part.packages_on(here.distributions)))
    commands = (("apt-get", "update"), ("apt-get", "install", "-y", "--no-install-recommends", *packages)) if packages else ()
    by_hand = tuple(f"{part.name}: {part.elsewhere}" for part in missing if part not in brought)
    if why_not := _why_not(here):
        typed = (shlex.join(command if here.root else ("sudo", *command)) for command in commands)
        return Decision(why_not=why_not, lines=(*typed, *by_hand))
    return Decision(brought, commands, lines=by_hand)


def system() -> System:
    """What this computer is."""
    try:
        text = OS_RELEASE.read_text(encoding="utf-8", errors="replace")
    except OSError:
        text = ""
    return System(os_release(text), os.geteuid() == 0, os.environ.get(FORBIDDEN, "") not in ("", "0"))


def os_release(text: str) -> tuple[str, ...]:
    """The ID in an os-release file, then the IDs that it is like, nearest first (os-release(5)); none where it says nothing."""
    pairs = (line.partition("=") for line in text.splitlines())
    known = {key.strip(): value.strip().strip("\"'").lower() for key, _, value in pairs}
    return tuple(filter(None, (known.get("ID", ""), *known.get("ID_LIKE", "").split())))


def written(command: Command) -> str:
    """A command as it would be typed."""
    return shlex.join((*(f"{name}={value}" for name, value in ENVIRONMENT.items()), *command))


def _why_not(here: System) -> str:
    """Why nothing may be installed; "" when it may."""
    if here.forbidden:
        return f"{FORBIDDEN} is set"
    if "debian" not in here.distributions:
        return f"this is {next(iter(here.distributions), 'an unknown system')}, and only on Debian and systems like it is it known how"
    return "" if here.root else "only root may"


def _run(command: Command) -> None:
    """Run one command that cannot ask anything; what it says is shown only when it fails. Raises InstallFailed."""
    try:
        ended = subprocess.run(
            command, env={**os.environ, **ENVIRONMENT}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
        )
    except OSError as error:
        raise InstallFailed(f"{written(command)}: {error.strerror or error}", hint=_OTHERWISE) from error
    if ended.returncode != 0:
        said = ended.stdout.decode("utf-8", errors="replace")
        shown = "\n".join(_last(said))
        raise InstallFailed(f"{written(command)} failed with exit code {ended.returncode}:\n{shown}", hint=_hint(said))


def _last(said: str) -> Iterator[str]:
    """The last lines, indented, without empty ones and what progress overwrote."""
    lines = [line.rstrip().rpartition("\r")[2] for line in said.split("\n")]
    for line in [line for line in lines if line.strip()][-LAST_LINES:]:
        yield f"  {line}"


def _look_again(installed: Sequence[Part]) -> None:
    """Look for the parts whose packages were installed. Raises InstallFailed when one is still not found."""
    absent = ", ".join(part.name for part in installed if not part.present())
    if absent:
        raise InstallFailed(f"the packages were installed, and still there is no {absent}", hint="pocketbench doctor")


_OTHERWISE = "install the packages another way, or go on without: what needs them is skipped, with the reason"
# What apt says of failures that are common, and what to do about them.
_COMMON = {
    "Could not get lock": "another package manager is at work: wait until it is done, and try again",
    "resolving": f"the package servers cannot be reached: try again with a network, or set {FORBIDDEN}=1 and go on without",
    "Unable to locate package": "the package sources of this system do not have it: see /etc/apt/sources.list and /etc/apt/sources.list.d",
}


def _hint(said: str) -> str:
    """What to do, by what apt said."""
    return next((hint for words, hint in _COMMON.items() if words in said), _OTHERWISE)
