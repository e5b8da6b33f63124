"""The ssh program: the first on ``PATH``, as for a person who types it."""

import shutil
import subprocess

from pocketbench.errors import SshMissing

HINT = "sudo apt install openssh-client"
LOOK_S = 10.0


def path() -> str:
    """Where it is. Raises SshMissing."""
    found = shutil.which("ssh")
    if found is None:
        raise SshMissing("there is no ssh program on PATH", hint=HINT)
    return found


def version() -> str:
    """What it says of itself, as ``OpenSSH_9.2p1``. Raises SshMissing, also for one that is not OpenSSH's."""
    try:
        said = subprocess.run([path(), "-V"], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=LOOK_S, check=False).stderr
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SshMissing(f"{path()}: cannot be run: {error}", hint=HINT) from error
    if not said.startswith("OpenSSH"):
        raise SshMissing(f"{path()} is not OpenSSH's: {said.strip()[:100]}", hint=HINT)
    return said.partition(",")[0].split(" ")[0][:60]
