"""Chromium: the browser that web runtimes are measured in."""

import os
import shutil
from pathlib import Path

from pocketbench.parts import PARTS, Part
from pocketbench.parts.swiftshader import FOLDERS

# The user's own choice: a program.
CHOSEN = "POCKETBENCH_CHROMIUM"
# Debian's, Google's own, Ubuntu's snap.
NAMES = ("chromium", "google-chrome-stable", "google-chrome", "chromium-browser")


def program() -> Path | None:
    """The browser that would be started: the one that was chosen, one of PATH, or one in a folder where packages put it; None without one."""
    chosen = os.environ.get(CHOSEN)
    if chosen:
        return Path(chosen) if shutil.which(chosen) else None
    named = next((found for name in NAMES if (found := shutil.which(name))), None)
    if named:
        return Path(named)
    return next((folder / name for folder in FOLDERS for name in ("chromium", "chrome") if os.access(folder / name, os.X_OK)), None)


def present() -> bool:
    """Whether there is one."""
    return program() is not None


PARTS.add(
    Part(
        "chromium", "the browser that TensorFlow.js is measured in", ("tfjs in a browser",), present,
        packages={"debian": ("chromium",), "ubuntu": ()}, elsewhere="install Chromium or Google Chrome (Ubuntu: snap install chromium)",
    )
)  # fmt: skip
