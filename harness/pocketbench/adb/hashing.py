"""Files on a phone, known by their sha256: what is there, and what may take its place."""

import re
import shlex
from collections.abc import Iterable
from pathlib import PurePosixPath

from pocketbench.adb.phone import Phone
from pocketbench.errors import CommandFailed, WireCut

# What a file is called while it is being sent.
PART = ".part"
AT_ONCE = 100

# From standard input, so that a name's newlines and backslashes are not in the answer. A link is nobody's file.
_OF = 'h() { if [ -f "$1" ] && [ ! -L "$1" ]; then sha256sum <"$1"; else echo -; fi; }\n'
_SETTLE = """p={part} f={file}
s=$(sha256sum <"$p") || exit 1
case $s in {sha256}*) mv -f "$p" "$f";; *) rm -f "$p"; echo "$s" >&2; exit 9;; esac"""
_OTHER = 9


def of(phone: Phone, remotes: Iterable[str], *, deadline_s: float) -> dict[str, str]:
    """The hashes of those that are files, having made the folders that they belong into. Raises AdbError."""
    found: dict[str, str] = {}
    for names in _batched(tuple(remotes)):
        folders = dict.fromkeys(str(PurePosixPath(name).parent) for name in names)
        text = shlex.join(["mkdir", "-p", *folders]) + " || exit 1\n" + _OF + "\n".join(f"h {shlex.quote(name)}" for name in names)
        lines = phone.done(text, deadline_s=deadline_s).splitlines()
        if len(lines) != len(names):
            raise CommandFailed(f"{phone.serial}: sha256sum: {len(lines)} answers for {len(names)} files", serial=phone.serial, command="sha256sum")
        found |= {name: line[:64] for name, line in zip(names, lines, strict=True) if re.fullmatch(r"[0-9a-f]{64}\b.*", line)}
    return found


def settle(phone: Phone, remote: str, sha256: str, *, deadline_s: float) -> None:
    """Let the phone read what was sent, and move it to its place when it is right. Raises WireCut when it is not."""
    text = _SETTLE.format(part=shlex.quote(remote + PART), file=shlex.quote(remote), sha256=sha256)
    said = phone.shell(text, deadline_s=deadline_s)
    if said.exit_code == _OTHER:
        raise WireCut(f"{phone.serial}: {remote}: what arrived is not what was sent", serial=phone.serial, command="sha256sum", stderr=said.stderr)
    if said.exit_code:
        raise CommandFailed(
            f"{phone.serial}: {remote}: {said.words or 'cannot be read again'}",
            serial=phone.serial, command="sha256sum", stdout=said.stdout, stderr=said.stderr, exit_status=said.exit_code,
        )  # fmt: skip


def _batched(names: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    """A hundred at a time: one command has 64 KiB at most."""
    return (names[start : start + AT_ONCE] for start in range(0, len(names), AT_ONCE))
