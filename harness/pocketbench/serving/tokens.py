"""Tokens of servers, as their users keep them: in an environment variable, or in a file with a line for each."""

import os
from pathlib import Path

import platformdirs

from pocketbench.errors import ServerRefused

VARIABLE = "POCKETBENCH_SERVER_TOKEN"
FILE = "server-tokens"
MAX_BYTES = 1 << 16


def token_for(which: str) -> str:
    """The token of the server that ``which`` names, as ``127.0.0.1:8471`` or ``adb:SERIAL``: the file's, else the variable's.

    Raises ServerRefused where there is none, or where others may read the file.
    """
    found = _kept().get(which) or os.environ.get(VARIABLE, "").strip()
    if not found:
        hint = f"export {VARIABLE}=…, as the server printed it, or put a line '{which} TOKEN' into {file()}"
        raise ServerRefused(f"nobody said the token of the server {which}", hint=hint)
    return found


def file() -> Path:
    """Where tokens may be kept, a line each: the server, a space, its token."""
    return Path(platformdirs.user_config_dir("pocketbench")) / FILE


def _kept() -> dict[str, str]:
    """What the file has; nothing where there is none. Raises ServerRefused."""
    try:
        with file().open("rb") as opened:
            if os.fstat(opened.fileno()).st_mode & 0o077:
                raise ServerRefused(f"{file()} can be read by others", hint=f"chmod 600 {file()}")
            text = opened.read(MAX_BYTES).decode("utf-8", errors="replace")
    except OSError:
        return {}
    return dict(words for line in text.splitlines() if len(words := line.split(maxsplit=1)) == 2 and not line.startswith("#"))
