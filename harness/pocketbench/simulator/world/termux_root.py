"""Termux's folder in the phone's storage: its programs under its own names, its owner's files; and how it is hidden from adb's shell."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path

from pocketbench import assets
from pocketbench.simulator.world import kernel, layout
from pocketbench.simulator.world.kernel import MS_NODEV, MS_NOSUID, MS_RDONLY

PLACE = "/data/data/com.termux"
FILES = f"{PLACE}/files"
HOME = f"{FILES}/home"
PREFIX = f"{FILES}/usr"


@dataclass(frozen=True, slots=True)
class Brought:
    """What is in Termux: texts and links, by their names below its ``files``."""

    texts: dict[str, bytes]
    links: dict[str, str]


def brought() -> Brought:
    """What its owner has brought there: Python and Node.js as this computer has them, and the server from ``device_scripts``.

    Looked for before the phone's root is entered, where nothing of this computer is in its place any more.
    """
    root = assets.find("device_scripts")
    scripts = (root / "server.py", *sorted((root / "serving").glob("*.py")))
    texts = {f"home/pocketbench/{file.relative_to(root).as_posix()}": file.read_bytes() for file in scripts}
    links = {f"usr/bin/{name}": layout.python() for name in ("python", "python3")}
    if sys.prefix != sys.base_prefix:  # Python finds its packages by where it is called from and by this file
        links["usr/lib"] = str(Path(sys.prefix).resolve() / "lib")
        texts["usr/pyvenv.cfg"] = f"home = {Path(layout.python()).parent}\n".encode()
    if (node := shutil.which("node")) and any(Path(node).resolve().is_relative_to(place) for place in layout.seen()):
        links["usr/bin/node"] = str(Path(node).resolve())
    return Brought(texts, links)


def make(root: Path, what: Brought) -> None:
    """Have Termux under ``root``, and let who is not Termux see a folder there that may not be entered. Raises OSError."""
    files = root / FILES.lstrip("/")
    for folder in ("usr/bin", "usr/tmp", "home"):
        (files / folder).mkdir(parents=True, exist_ok=True)
    for name, target in what.links.items():
        (files / name).unlink(missing_ok=True)  # a phone that was kept has it
        (files / name).symlink_to(target)
    for name, text in what.texts.items():
        (files / name).parent.mkdir(parents=True, exist_ok=True)
        (files / name).write_bytes(text)
    kernel.mount("tmpfs", root / PLACE.lstrip("/"), "tmpfs", MS_NOSUID | MS_NODEV | MS_RDONLY, "mode=000,size=4k")
