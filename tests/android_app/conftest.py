"""The app's core and its tests, compiled once."""

from pathlib import Path

import pytest

from app_core import Core, compiled


@pytest.fixture(scope="session")
def core(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Core:
    """The core and its tests."""
    return compiled(project / "android_app", tmp_path_factory.mktemp("core"))
