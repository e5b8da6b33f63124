"""A job of the linear model, to be measured as a service."""

from pathlib import Path

import numpy as np

import tiny_tflite
from linear_model import BIAS, ROWS, WEIGHTS
from pocketbench import orders
from pocketbench.devices import Device
from pocketbench.model import Anatomy, Job, Rows, Source, Tensor, Variant

X, Y = (Tensor("x", (1, 4), "float32"),), (Tensor("y", (1, 3), "float32"),)


def bench(device: Device, folder: Path, transport: str) -> orders.Bench:
    """A job of the linear model as a service."""
    model = folder / "linear.tflite"
    model.write_bytes(tiny_tflite.linear(WEIGHTS, BIAS))
    np.save(folder / "scoring-x0.npy", np.random.default_rng(3).normal(size=(ROWS, 4)).astype(np.float32))
    anatomy = Anatomy(0, 0, 0, 0, {}, 0.0, 0, {}, X, Y)
    job = Job(Variant("m", "keras", "tflite", "float32"), "python", "litert", "cpu", 1, device.name, {"xnnpack": "on", "serve": transport}, ("serve",))
    return orders.Bench(job, model, anatomy, Source("", "keras", "", X, Y, 0), Rows("", str(folder), ROWS, 0, 0, labelled=False), device, 60.0)
