"""Vulkan drivers of this computer, by the files that describe them to the loader. Nothing is loaded to find them.

Where the loader looks: Khronos' "Driver interface to the Vulkan loader", section Linux driver discovery.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from pocketbench.parts import swiftshader

# The user's own choice of drivers; the second is the older name of the first.
CHOSEN = ("VK_DRIVER_FILES", "VK_ICD_FILENAMES")
ADDED = "VK_ADD_DRIVER_FILES"
# Where the system's own drivers lie whatever the variables of the desktop say.
SYSTEM = ("/etc", "/usr/local/etc")
NAMES = {"vk_swiftshader": "SwiftShader", "lvp": "lavapipe"}


def drivers(variables: Mapping[str, str], *, loader: bool) -> tuple[str, ...]:
    """The names of the drivers that a process with those variables and :func:`environment` can choose from; none without a loader."""
    files = _files({**variables, **environment(variables)}) if loader else ()
    return tuple(dict.fromkeys(_name(file) for file in files))


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """The variables by which a process with those variables sees SwiftShader too, where it is installed and the user chose nothing.

    Where no other driver is installed it is the only one; else it is added, and the engine may prefer another. A loader
    older than 1.3.234 knows the way to choose one and not the way to add one.
    """
    driver = swiftshader.driver()
    if driver is None or any(variables.get(name) for name in (*CHOSEN, ADDED)):
        return {}
    return {ADDED if any(_files(variables)) else CHOSEN[1]: str(driver)}


def _files(variables: Mapping[str, str]) -> Iterator[Path]:
    """The driver files that the loader reads: those that were chosen, else those that were added and those of the system's folders."""
    chosen = next((value for name in CHOSEN if (value := variables.get(name))), "")
    if chosen:
        yield from _listed(chosen)
        return
    yield from _listed(variables.get(ADDED, ""))
    home = Path(variables.get("HOME", "/nonexistent"))
    folders = [
        variables.get("XDG_CONFIG_HOME") or str(home / ".config"), *(variables.get("XDG_CONFIG_DIRS") or "/etc/xdg").split(":"), *SYSTEM,
        variables.get("XDG_DATA_HOME") or str(home / ".local/share"), *(variables.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":"),
    ]  # fmt: skip
    for folder in dict.fromkeys(folders):
        yield from sorted(Path(folder, "vulkan/icd.d").glob("*.json"))


def _listed(paths: str) -> Iterator[Path]:
    """The files of a list as the loader's variables have it: files, or folders of files, with colons between."""
    for path in filter(None, paths.split(":")):
        found = Path(path)
        if found.is_dir():
            yield from sorted(found.glob("*.json"))
        elif found.is_file():
            yield found


def _name(file: Path) -> str:
    """A driver's name from its file's: "nvidia" of nvidia_icd.json, "lavapipe" of lvp_icd.x86_64.json."""
    short = re.sub(r"_icd\b.*$|\.json$", "", file.name)
    return NAMES.get(short, short)
