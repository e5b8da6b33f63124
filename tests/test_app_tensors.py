"""Several inputs and outputs of every dtype through the app's engines: each goes in and comes out by its name, whatever the order says first."""

import json
import secrets
import warnings
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from onnx import helper

import app_phone
import far_end
import pocketbench.devices
import tiny_onnx
import tiny_tflite
from pocketbench import protocol
from pocketbench.devices.adb import AdbDevice
from pocketbench.protocol import FailedOrder, Order, Report, TensorFile

if TYPE_CHECKING:
    from pocketbench.app_build import Built

pytestmark = pytest.mark.slow
DEADLINE_S = 120.0
ROWS, SIZE = 3, 4
DTYPES = {
    "tflite": ("float32", "int8", "uint8", "int16", "int32", "int64", "bool"),
    "onnxruntime": ("float32", "float64", "float16", "int8", "uint8", "int16", "int32", "int64", "bool"),
    "pytorch-lite": ("float32", "float64", "int8", "uint8", "int32", "int64"),
}
SUFFIX = {"tflite": ".tflite", "onnxruntime": ".onnx", "pytorch-lite": ".ptl"}
Array = np.ndarray[Any, Any]
# Of each tensor's name its shape, -1 for a free size, and its dtype.
Tensors = Mapping[str, tuple[tuple[int, ...], str]]


@pytest.fixture(scope="module")
def phone(built_app: "Built", tmp_path_factory: pytest.TempPathFactory) -> Iterator[AdbDevice]:
    """A simulated phone with the app."""
    with far_end.attached(tmp_path_factory.mktemp("adb"), "phone") as far:
        device = pocketbench.devices.find(f"adb:{far.serial}")
        assert isinstance(device, AdbDevice)
        app_phone.bring(device, built_app.path)
        yield device


@pytest.mark.parametrize(("engine", "dtype"), [(engine, dtype) for engine, dtypes in DTYPES.items() for dtype in dtypes])
def test_inputs_and_outputs_of_every_dtype_are_told_apart_by_name(phone: AdbDevice, tmp_path: Path, engine: str, dtype: str) -> None:
    """The file has ``a, b`` and ``ab, ba`` with a free batch, the order ``b, a`` and ``ba, ab`` of one row."""
    WRITE[engine](tmp_path / f"model{SUFFIX[engine]}", dtype)
    a, b = _rows(dtype, 1), _rows(dtype, 2)
    report = _carried(phone, tmp_path, engine, {"b": b, "a": a}, {"ba": ((1, 2 * SIZE), dtype), "ab": ((1, 2 * SIZE), dtype)})

    assert report.end == protocol.Done()
    assert (a != b).any()
    assert np.fromfile(tmp_path / "ab.bin", dtype).tobytes() == np.concatenate([a, b], axis=2).tobytes()
    assert np.fromfile(tmp_path / "ba.bin", dtype).tobytes() == np.concatenate([b, a], axis=2).tobytes()


def test_outputs_that_pytorch_keeps_in_another_order_come_out_in_that_of_their_axes(phone: AdbDevice, tmp_path: Path) -> None:
    """Transposed, a part of another, and with channels innermost."""
    import torch

    class Views(torch.nn.Module):  # type: ignore[misc]
        def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
            return x.permute(0, 3, 1, 2), x[:, 1:, ::2], (x + 0).contiguous(memory_format=torch.channels_last)

    x = np.arange(ROWS * 60, dtype=np.float32).reshape(ROWS, 1, 3, 4, 5)
    expected = {"transposed": np.transpose(x, (0, 1, 4, 2, 3)), "part": x[:, :, 1:, ::2], "last": x}
    shapes = {name: (array.shape[1:], "float32") for name, array in expected.items()}
    _torchscript(tmp_path / "model.ptl", Views(), {"x": (x.shape[1:], "float32")}, shapes)
    report = _carried(phone, tmp_path, "pytorch-lite", {"x": x}, shapes)

    assert report.end == protocol.Done()
    for name, array in expected.items():
        assert np.fromfile(tmp_path / f"{name}.bin", np.float32).tolist() == array.ravel().tolist()


@pytest.mark.parametrize("dtype", ["bool", "float16", "bfloat16"])
def test_a_dtype_that_pytorchs_java_lacks_is_told_and_is_no_other(phone: AdbDevice, tmp_path: Path, dtype: str) -> None:
    """No output is written of what cannot be brought over."""
    import torch

    class Cast(torch.nn.Module):  # type: ignore[misc]
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x.to(getattr(torch, dtype))

    x, outputs = np.ones((ROWS, 1, SIZE), np.float32), {"y": ((1, SIZE), "bool" if dtype == "bool" else "float16")}
    _torchscript(tmp_path / "model.ptl", Cast(), {"x": ((1, SIZE), "float32")}, outputs)
    end = _carried(phone, tmp_path, "pytorch-lite", {"x": x}, outputs).end

    assert isinstance(end, FailedOrder)
    assert (end.stage, end.reason) == ("outputs", "engine-error")


def _carried(phone: AdbDevice, folder: Path, engine: str, inputs: dict[str, Array], outputs: Tensors) -> Report:
    """What the app reports of all rows; inputs are (rows, 1, …), outputs a shape and a dtype each."""
    for name, array in inputs.items():
        array.tofile(folder / f"{name}.bin")
    given = tuple(TensorFile(name, f"{name}.bin", array.shape[1:], array.dtype.name) for name, array in inputs.items())
    wanted = tuple(TensorFile(name, f"{name}.bin", shape, dtype) for name, (shape, dtype) in outputs.items())
    order = Order(protocol.PROTOCOL, secrets.token_hex(8), "outputs", engine, f"model{SUFFIX[engine]}", "cpu", 1, {}, ROWS, given, wanted)
    return protocol.read_report(phone.carry(order, folder, DEADLINE_S, runner="app").report, order)


def _rows(dtype: str, seed: int) -> Array:
    """Any numbers that a dtype has, from its whole range."""
    random = np.random.default_rng(seed)
    shape = (ROWS, 1, SIZE)
    if dtype == "bool":
        return random.integers(0, 2, shape).astype(bool)
    if dtype.startswith("float"):
        return random.normal(size=shape).astype(dtype)
    limits = np.iinfo(dtype)
    return random.integers(limits.min, limits.max, shape, dtype=dtype, endpoint=True)


def _tflite(file: Path, dtype: str) -> None:
    file.write_bytes(tiny_tflite.joined_both_ways(dtype, SIZE))


def _onnx(file: Path, dtype: str) -> None:
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    inputs = [helper.make_tensor_value_info(name, kind, ["rows", SIZE]) for name in ("a", "b")]
    outputs = [helper.make_tensor_value_info(name, kind, ["rows", 2 * SIZE]) for name in ("ab", "ba")]
    nodes = [helper.make_node("Concat", list(name), [name], axis=1) for name in ("ab", "ba")]
    file.write_bytes(tiny_onnx.model(nodes, inputs, outputs).SerializeToString())


def _ptl(file: Path, dtype: str) -> None:
    import torch

    class Joined(torch.nn.Module):  # type: ignore[misc]
        def forward(self, a: torch.Tensor, b: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return torch.cat([a, b], dim=1), torch.cat([b, a], dim=1)

    free = dict.fromkeys(("a", "b"), ((-1, SIZE), dtype))
    _torchscript(file, Joined(), free, dict.fromkeys(("ab", "ba"), ((-1, 2 * SIZE), dtype)))


def _torchscript(file: Path, module: Any, inputs: Tensors, outputs: Tensors) -> None:
    """A file that tells of its tensors as those that Pocketbench makes do."""
    import torch

    told = {
        what: [{"name": name, "shape": list(shape), "dtype": dtype} for name, (shape, dtype) in tensors.items()]
        for what, tensors in {"inputs": inputs, "outputs": outputs}.items()
    }
    rows = tuple(torch.zeros([abs(size) for size in shape], dtype=getattr(torch, dtype)) for shape, dtype in inputs.values())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # all of TorchScript is to go
        torch.jit.trace(module.eval(), rows)._save_for_lite_interpreter(str(file), _extra_files={"pocketbench.json": json.dumps(told)})


WRITE: dict[str, Callable[[Path, str], None]] = {"tflite": _tflite, "onnxruntime": _onnx, "pytorch-lite": _ptl}
