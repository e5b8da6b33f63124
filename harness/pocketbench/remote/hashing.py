"""Files on a device, known by their sha256: what is there, and what may take its place."""

import re
import shlex
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath

from pocketbench.errors import CommandFailed, WireCut
from pocketbench.remote import Remote

# What a file is called while it is being sent.
PART = ".part"
AT_ONCE = 100

# From standard input, so that a name's newlines and backslashes are not in the answer. A link is nobody's file.
_OF = 'h() { if [ -f "$1" ] && [ ! -L "$1" ]; then sha256sum <"$1"; else echo -; fi; }\n'
_SETTLE = """m() {
  s=$(sha256sum <"$1.part") || exit 1
  case $s in "$2"*) mv -f "$1.part" "$1" || exit 1;; *) rm -f "$1.part"; echo "$1" >&2; exit 9;; esac
}
"""
_OTHER = 9


def of(remote: Remote, remotes: Iterable[str], *, deadline_s: float) -> dict[str, str]:
    """The hashes of those that are files, having made the folders that they belong into. Raises WireError."""
    found: dict[str, str] = {}
    for names in _batched(tuple(remotes)):
        folders = dict.fromkeys(str(PurePosixPath(name).parent) for name in names)
        text = shlex.join(["mkdir", "-p", *folders]) + " || exit 1\n" + _OF + "\n".join(f"h {shlex.quote(name)}" for name in names)
        lines = remote.done(text, deadline_s=deadline_s, called="look for files").splitlines()
        if len(lines) != len(names):
            raise CommandFailed(f"{remote.serial}: sha256sum: {len(lines)} answers for {len(names)} files", serial=remote.serial, command="sha256sum")
        found |= {name: line[:64] for name, line in zip(names, lines, strict=True) if re.fullmatch(r"[0-9a-f]{64}\b.*", line)}
    return found


def settle(remote: Remote, sha256: Mapping[str, str], *, deadline_s: float) -> None:
    """Let the device read what was sent, and move each file to its place when it is right. Raises WireCut when one is not, CommandFailed."""
    for names in _batched(tuple(sha256)):
        said = remote.shell(_SETTLE + "\n".join(f"m {shlex.quote(name)} {sha256[name]}" for name in names), deadline_s=deadline_s, called="sha256sum")
        if said.exit_code == _OTHER:
            raise WireCut(f"{remote.serial}: {said.words}: what arrived is not what was sent", serial=remote.serial, command="sha256sum", stderr=said.stderr)
        if said.exit_code:
            raise remote.failure(said.stderr or "cannot be read again", command="sha256sum", exit_status=said.exit_code)


def clear(remote: Remote, remotes: Iterable[str], *, deadline_s: float) -> None:
    """Remove what was sent of files and not moved to its place. Raises WireError."""
    for names in _batched(tuple(remotes)):
        remote.shell(shlex.join(["rm", "-f", *(name + PART for name in names)]), deadline_s=deadline_s)


def _batched(names: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    """A hundred at a time: one command of adb has 64 KiB at most."""
    return (names[start : start + AT_ONCE] for start in range(0, len(names), AT_ONCE))
