"""Files that travel with the package without being Python modules of it: ``device_scripts``, ``android_app``, ``suites``.

An installed wheel carries them in ``pocketbench/_assets``; an editable install does not see those, so the checkout's own
top-level folders are looked at next.
"""

from pathlib import Path

from pocketbench.errors import PocketbenchError

_PACKAGE = Path(__file__).parent


def find(name: str) -> Path:
    """Return the path of a folder or file, such as ``device_scripts`` or ``suites/demo.toml``. Raises PocketbenchError, naming both places."""
    places = _places(name, _PACKAGE)
    for place in places:
        if place.exists():
            return place
    looked = " nor at ".join(str(place) for place in places)
    raise PocketbenchError(f"{name} is neither at {looked}", hint="install the package again: pip install --force-reinstall pocketbench")


def _places(name: str, package: Path) -> tuple[Path, Path]:
    """Where an asset may lie: in the package, and at the top of the checkout whose ``harness/`` holds the package."""
    return package / "_assets" / name, package.parent.parent / name
