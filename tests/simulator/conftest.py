"""One adb server, one healthy phone and one that suffers, for all tests that need no other."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from adb_tool import Adb, server
from simulated import Simulated, on


@dataclass(frozen=True)
class Connected:
    """A phone, and the adb program for it."""

    phone: Simulated
    adb: Adb

    def shell(self, command: str) -> str:
        """What a command prints, without the end of the line; it must succeed."""
        said = self.adb("shell", command)
        assert said.code == 0, said
        return said.out.rstrip("\n")


@pytest.fixture(scope="session")
def adb(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Adb]:
    """The adb program with a server of its own."""
    with server(tmp_path_factory.mktemp("adb-home")) as started:
        yield started


@pytest.fixture(scope="session")
def phone(adb: Adb) -> Iterator[Connected]:
    """A healthy phone that all may use and none may hurt."""
    with on("--serial", "HEALTHY1") as started:
        yield Connected(started, adb.of(started.address))


@pytest.fixture(scope="session")
def _suffering(adb: Adb) -> Iterator[Connected]:
    """The phone behind :func:`sick`."""
    with on() as started:
        yield Connected(started, adb.of(started.address))


@pytest.fixture
def sick(_suffering: Connected) -> Iterator[Connected]:
    """A phone to hurt; it is healed, and connected again, afterwards."""
    yield _suffering
    _suffering.phone.fault("heal")
    assert _suffering.adb.becomes("device")


@pytest.fixture(scope="session")
def board(adb: Adb) -> Iterator[Connected]:
    """A board with python3 that all may use and none may hurt."""
    with on("board") as started:
        yield Connected(started, adb.of(started.address))
