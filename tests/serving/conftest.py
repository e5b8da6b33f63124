"""A server, started as a person starts it, and an order for it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from server_started import Started, started

import tiny_tflite
from linear_model import BIAS, ROWS, WEIGHTS
from pocketbench import protocol, serving
from pocketbench.protocol import Order, Phase, TensorFile

WIDE = 512
ENDLESS = (Phase("load"), Phase("steady", min_runs=1, max_ns=60 * 10**9))


@pytest.fixture(scope="module")
def server(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Started]:
    """One server for all tests of a file."""
    with started(project, tmp_path_factory.mktemp("server") / "base") as running:
        yield running


@pytest.fixture
def client(server: Started) -> Iterator[serving.Server]:
    """A connection to it."""
    connected = server.connect()
    yield connected
    connected.close()


@pytest.fixture
def order(tmp_path: Path) -> Order:
    """An outputs order, its files laid out in ``tmp_path``."""
    (tmp_path / "model.tflite").write_bytes(tiny_tflite.linear(WEIGHTS, BIAS))
    np.random.default_rng(7).normal(size=(ROWS, 1, 4)).astype("<f4").tofile(tmp_path / "input0.bin")
    return Order(
        protocol=protocol.PROTOCOL, order="0123", kind="outputs", engine="litert", model="model.tflite", accelerator="cpu", threads=1, options={}, rows=ROWS,
        inputs=(TensorFile("x", "input0.bin", (1, 4), "float32"),), outputs=(TensorFile("y", "output0.bin", (1, 3), "float32"),),
    )  # fmt: skip


@pytest.fixture
def endless(order: Order, tmp_path: Path) -> Order:
    """A timing order of a minute."""
    (tmp_path / "model.tflite").write_bytes(tiny_tflite.linear(np.ones((WIDE, WIDE), np.float32), np.zeros(WIDE, np.float32)))
    np.ones((1, WIDE), np.float32).tofile(tmp_path / "input0.bin")
    x, y = TensorFile("x", "input0.bin", (1, WIDE), "float32"), TensorFile("y", "output0.bin", (1, WIDE), "float32")
    return msgspec.structs.replace(order, kind="timing", rows=1, inputs=(x,), outputs=(y,), phases=ENDLESS)


Eventually = Callable[[Callable[[], bool]], None]


@pytest.fixture
def eventually() -> Eventually:
    """Wait until something is so; fail where it is not within twenty seconds."""

    def wait(so: Callable[[], bool]) -> None:
        import time

        until = time.monotonic() + 20
        while not so():
            assert time.monotonic() < until
            time.sleep(0.02)

    return wait
