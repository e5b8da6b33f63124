"""The smallest orders there are: a model of TensorFlow Lite that doubles, and three rows of ones."""

from pathlib import Path

import numpy as np

import tiny_tflite
from pocketbench import protocol
from pocketbench.protocol import Order, Phase, TensorFile

WIDE = 256


def lay_out(folder: Path) -> Path:
    """The model and the rows, as orders have them."""
    (folder / "model.tflite").write_bytes(tiny_tflite.linear(2 * np.eye(WIDE, dtype=np.float32), np.zeros(WIDE, np.float32)))
    np.ones((3, WIDE), np.float32).tofile(folder / "input0.bin")
    return folder


def order(kind: str, phases: tuple[Phase, ...] = (), *, name: str = "order-1", engine: str = "litert", wide: int = WIDE, batch: int = 1) -> Order:
    """An order for them; ``wide`` is how many numbers the order says that a row has."""
    x, y = TensorFile("x", "input0.bin", (1, wide), "float32"), TensorFile("y", "output0.bin", (1, wide), "float32")
    return Order(protocol.PROTOCOL, name, kind, engine, "model.tflite", "cpu", 1, {"xnnpack": "on"}, 3, (x,), (y,), phases, batch=batch)


def doubled(folder: Path) -> bool:
    """Whether the outputs are the model's."""
    return bool(np.array_equal(np.fromfile(folder / "output0.bin", np.float32), np.full(3 * WIDE, 2.0, np.float32)))
