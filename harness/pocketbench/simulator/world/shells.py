"""What a command of adb's shell finds: its interpreter, its variables, and the programs that are put into its root."""

import sys
from pathlib import Path

from pocketbench.simulator.state.profile import Profile
from pocketbench.simulator.world import layout

SHELL = ("/bin/sh",)
_BASH = Path("/usr/bin/bash")
# The clock of a phone may be wrong, the computer's is not.
_DATE = """#!/bin/sh
read jump 2>/dev/null </dev/.clock
[ "${jump:-0}" = 0 ] && exec /usr/bin/date "$@"
exec /usr/bin/date -d "@$(($(/usr/bin/date +%s) + jump))" "$@"
"""


def interactive() -> tuple[str, ...]:
    """What a person types into: bash where the computer has it, for its editing of lines."""
    return (str(_BASH), "--noprofile", "--norc", "-i") if _BASH.exists() else (*SHELL, "-i")


def environment(profile: Profile) -> dict[str, str]:
    """The variables of a shell."""
    user = profile.user
    common = {
        "USER": user.name,
        "LOGNAME": user.name,
        "SHELL": "/bin/sh",
        "LC_ALL": "C.UTF-8",
        "INPUTRC": "/etc/inputrc",
        "PS1": f"{profile.name}:$PWD {'#' if user.id == 0 else '$'} ",
    }
    if profile.android:
        android = {"ANDROID_ROOT": "/system", "ANDROID_DATA": "/data", "EXTERNAL_STORAGE": "/sdcard", "TMPDIR": "/data/local/tmp"}
        return {**common, **android, "HOME": "/", "HOSTNAME": profile.name, "PATH": "/product/bin:/system/bin:/system/xbin:/vendor/bin"}
    return {**common, "HOME": "/root" if user.id == 0 else "/home", "PATH": "/opt/bin:/usr/local/bin:/usr/bin:/usr/sbin:/bin:/sbin"}


def furnish(folder: Path, names: tuple[str, ...], client: str, profile: Profile) -> None:
    """Put the simulator's programs into ``folder``: one text under every name, and a date that may be wrong."""
    texts = {name: f"#!{layout.python()} -IS\n{client}" for name in names}
    texts["date"] = _DATE
    if profile.python:
        texts |= dict.fromkeys(("python3", "python"), f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    for name, text in texts.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
