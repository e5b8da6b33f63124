"""What all tests share: the project's folder, and a cache of their own."""

from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def project() -> Path:
    """The checkout's top folder."""
    return Path(__file__).parent.parent


@pytest.fixture(scope="session", autouse=True)
def cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the tests' conversions out of the user's cache, and share them between tests."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POCKETBENCH_CACHE", str(folder))
        yield folder
