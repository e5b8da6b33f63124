"""An APK held against what others use: the tools of Android's own build, of an SDK or as distributions package them."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pocketbench.app_build import program, sdk
from pocketbench.errors import BuildFailed

HINT = "apt-get install apksigner zipalign aapt dexdump"
MAX_DETAIL = 200


@dataclass(frozen=True, slots=True)
class Check:
    """What one tool said of an APK; ``absent`` where it is nowhere."""

    tool: str
    state: Literal["ok", "failed", "absent"]
    detail: str


def checked(apk: Path) -> tuple[Check, ...]:
    """Ask each tool that is there."""
    return tuple(_check(tool, apk) for tool in _ARGUMENTS)


def _check(tool: str, apk: Path) -> Check:
    """Ask one tool."""
    found = sdk.tool(tool)
    if found is None:
        return Check(tool, "absent", f"neither in an SDK (ANDROID_HOME) nor on the PATH: {HINT}")
    try:
        said = program.run(tool, [found, *_ARGUMENTS[tool], apk])
    except BuildFailed as error:
        return Check(tool, "failed", error.message[:MAX_DETAIL])
    return Check(tool, "ok", _DETAIL[tool](said)[:MAX_DETAIL])


def _schemes(said: str) -> str:
    """Apksigner's schemes."""
    return "verifies by " + ", ".join(re.findall(r"Verified using (v\S+) scheme .*: true", said))


def _badging(said: str) -> str:
    """What aapt2 reads out of the manifest."""
    name = re.search(r"package: (name='\S+' versionCode='\d+' versionName='\S+')", said)
    abis = re.search(r"native-code: (.*)", said)
    return f"{name.group(1) if name else 'no package'}; {abis.group(1) if abis else 'no libraries'}"


def _dex(said: str) -> str:
    """How many classes dexdump found."""
    counted = re.search(r"class_defs_size\s*: (\d+)", said)
    return f"{counted.group(1) if counted else 'no'} classes"


_ARGUMENTS: Mapping[str, tuple[str, ...]] = {
    "apksigner": ("verify", "--verbose"),
    "zipalign": ("-c", "-p", "4"),
    "aapt2": ("dump", "badging"),
    "dexdump": ("-f",),
}
_DETAIL: Mapping[str, Callable[[str], str]] = {"apksigner": _schemes, "zipalign": lambda _: "aligned", "aapt2": _badging, "dexdump": _dex}
