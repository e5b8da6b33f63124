"""The WebView of a phone's apps: a Chromium of this computer, where the profile has the package of one."""

import functools
import os
import re
import subprocess
from collections.abc import Iterable
from pathlib import Path

PACKAGE = "com.android.webview"
# Below /usr, which a phone sees: Debian's, and where others put one. The program itself, and not a script that starts it.
PROGRAMS = (Path("/usr/lib/chromium/chromium"), Path("/usr/lib64/chromium-browser/chromium-browser"), Path("/usr/lib/chromium-browser/chromium-browser"))
# WebGL and WebGPU in software, on a phone that has a driver for a GPU; none of it on one that has none.
SOFTWARE = ("--enable-unsafe-swiftshader", "--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader")
NONE = ("--disable-gpu",)
PATIENCE_S = 10.0
OF_GPUS = frozenset({"gles", "vulkan"})


def environment(packages: Iterable[str], drivers: Iterable[str], told: str = "") -> dict[str, str]:
    """The variables by which an app's process finds it, and the version that it is to tell; none for a phone, or on a computer, without one."""
    program = find()
    if PACKAGE not in packages or program is None:
        return {}
    flags = SOFTWARE if OF_GPUS.intersection(drivers) else NONE
    return {"POCKETBENCH_WEBVIEW": str(program), "POCKETBENCH_WEBVIEW_FLAGS": " ".join(flags), "POCKETBENCH_WEBVIEW_VERSION": told}


def find() -> Path | None:
    """The program, None where there is none that a phone sees."""
    return next((program for program in PROGRAMS if os.access(program, os.X_OK)), None)


@functools.cache
def version() -> str:
    """The version that the program tells; "" where it tells none, or there is none."""
    program = find()
    if program is None:
        return ""
    try:
        said = subprocess.run(
            [program, "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    found = re.search(r"\b[0-9]{1,6}(?:\.[0-9]{1,6}){1,3}\b", said.stdout)
    return found[0] if found else ""
