"""One board for all tests of ssh's wire, well again after each."""

from collections.abc import Iterator

import pytest

import ssh_board
from pocketbench.ssh import Board


@pytest.fixture(scope="module")
def far(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ssh_board.Far]:
    """A board behind a real OpenSSH server."""
    with ssh_board.started(tmp_path_factory.mktemp("ssh")) as far:
        yield far


@pytest.fixture
def board(far: ssh_board.Far) -> Iterator[Board]:
    """A way to it, with a folder ``PLACE`` that is gone afterwards."""
    board = far.board
    board.done(f"mkdir {ssh_board.PLACE}")
    yield board
    board.take_up()
    board.done(f"rm -rf {ssh_board.PLACE}")
    board.hang_up()
