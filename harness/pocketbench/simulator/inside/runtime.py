"""The runtime of the phone's apps: a JDK of this computer, shown read-only where Android has its own."""

import os
from pathlib import Path

PLACE = "apex/com.android.art"  # in the phone's root


def bound(jdk: Path) -> dict[str, Path]:
    """What is shown of the computer for it, by name in the phone's root: itself, and the folders of /etc that Debian's has its settings in."""
    return {PLACE: jdk, **{f"system/etc/{name}": Path("/etc", name) for name in sorted(_settings(jdk))}}


def _settings(jdk: Path) -> set[str]:
    """The folders of /etc that links in the JDK lead to."""
    found = set()
    for folder, folders, files in os.walk(jdk):
        for name in (*folders, *files):
            target = os.path.realpath(os.path.join(folder, name))  # noqa: PTH118 - half a thousand files, at every start of a phone
            if target.startswith("/etc/java"):
                found.add(target.split("/")[2])
    return {name for name in found if Path("/etc", name).is_dir()}
