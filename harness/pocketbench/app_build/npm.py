"""Files from npm's registry, by npm and the user's settings: for what Maven Central does not have."""

import shutil
import subprocess
import tarfile
from pathlib import Path

from pocketbench import pages
from pocketbench.errors import PartRefused, ToolchainMissing

DEADLINE_S = 1800.0
MAX_MESSAGE = 500
HINT = 'pip install "pocketbench[tfjs]", which brings npm, or apt-get install npm'


def words() -> list[str]:
    """The words that start npm: the one of the lane tfjs, whose version is pinned, or this system's. Raises ToolchainMissing."""
    try:
        return pages.npm()
    except ToolchainMissing as error:
        found = shutil.which("npm")
        if found is None:
            raise ToolchainMissing("ONNX Runtime for Android comes by npm, and there is none", hint=HINT) from error
        return [found]


def pack(package: str, folder: Path) -> Path:
    """Bring a package, as its archive, into a folder. None of its scripts runs. Raises ToolchainMissing in npm's words."""
    command = [*words(), "pack", package, "--ignore-scripts", "--loglevel=error", "--pack-destination", str(folder)]
    try:
        ended = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=DEADLINE_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise ToolchainMissing(f"npm was still busy with {package} after {DEADLINE_S:g} s", hint="try it again") from error
    packed = sorted(folder.glob("*.tgz"))
    if ended.returncode != 0 or len(packed) != 1:
        said = [line.strip() for line in ended.stderr.splitlines() if line.strip()] or ["no word"]
        raise ToolchainMissing(f"npm could not bring {package}: {' … '.join(said[:2])}"[:MAX_MESSAGE], hint="with a network, run it again", log=ended.stderr)
    return packed[0]


def extract(packed: Path, member: str, to: Path) -> None:
    """Write one member of an archive, which must be a plain file, and remove the archive. Raises PartRefused."""
    with tarfile.open(packed) as archive:
        try:
            source = archive.extractfile(member)
        except KeyError:
            source = None
        if source is None:
            raise PartRefused(f"{packed.name} has no {member}")
        with source, to.open("wb") as file:
            shutil.copyfileobj(source, file, 1 << 20)
    packed.unlink()
