"""One far end for all tests of the wire, well again after each."""

from collections.abc import Iterator

import pytest

import far_end
from far_end import FarEnd


@pytest.fixture(scope="session")
def started_board(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FarEnd]:
    """A simulated board, or the phone that a variable names."""
    with far_end.attached(tmp_path_factory.mktemp("adb"), "board") as far:
        yield far


@pytest.fixture
def far(started_board: FarEnd) -> Iterator[FarEnd]:
    """The board, well again afterwards."""
    yield started_board
    started_board.heal()


@pytest.fixture
def place(far: FarEnd) -> Iterator[str]:
    """A folder on it, gone afterwards."""
    folder = "/data/local/tmp/pocketbench-test"
    far.phone.done(["mkdir", "-p", folder])
    yield folder
    far.heal()
    far.phone.done(["rm", "-rf", folder])
