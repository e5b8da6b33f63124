"""Files that travel with the package."""

from pathlib import Path

import pytest

from pocketbench import assets
from pocketbench.errors import PocketbenchError


@pytest.mark.parametrize("name", ["device_scripts", "android_app", "suites", "suites/demo.toml"])
def test_what_the_package_needs_is_found(name: str) -> None:
    """In a checkout as in an installed wheel."""
    assert assets.find(name).exists()


def test_the_package_is_looked_at_before_the_checkout(tmp_path: Path) -> None:
    """An installed wheel does not pick up a neighbour's folder."""
    package = tmp_path / "harness" / "pocketbench"

    assert assets._places("suites", package) == (package / "_assets" / "suites", tmp_path / "suites")


def test_what_is_not_there_is_told_with_both_places() -> None:
    """And how to get it."""
    with pytest.raises(PocketbenchError, match=r"no_such_folder is neither at .*_assets/no_such_folder nor at .*no_such_folder") as caught:
        assets.find("no_such_folder")

    assert "pip install" in caught.value.hint
