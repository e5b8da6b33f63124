"""Android's own tools: the newest build tools of an SDK where there is one, else those on the PATH.

An SDK is where ``ANDROID_HOME`` says, or ``ANDROID_SDK_ROOT``, its older name (https://developer.android.com/tools/variables).
"""

import os
import re
import shutil
from pathlib import Path

VARIABLES = ("ANDROID_HOME", "ANDROID_SDK_ROOT")
_VERSION = re.compile(r"([0-9]{1,4})\.([0-9]{1,4})\.([0-9]{1,4})")


def tool(name: str) -> Path | None:
    """A tool that can be started; None where it is nowhere."""
    found = (shutil.which(name, path=str(folder)) for folder in _build_tools())
    there = next((one for one in found if one), None) or shutil.which(name)
    return Path(there) if there else None


def _build_tools() -> list[Path]:
    """The SDK's build tools, the newest first; previews are left out."""
    folders = [folder for variable in VARIABLES if (home := os.environ.get(variable)) for folder in Path(home, "build-tools").glob("*")]
    numbered = [(tuple(map(int, found.groups())), folder) for folder in folders if (found := _VERSION.fullmatch(folder.name))]
    return [folder for _, folder in sorted(numbered, reverse=True)]
