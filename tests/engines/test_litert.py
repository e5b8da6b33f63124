"""The host's half of LiteRT."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

import tiny_tflite
from pocketbench.devices import Facts
from pocketbench.engines import ENGINES
from pocketbench.model import Anatomy, Refusal
from pocketbench.tflite_anatomy import LITERT_CUSTOM

LITERT = ENGINES.get("litert")
EMPTY = Anatomy(0, 0, 0, 0, {}, 0.0, 0, {}, (), ())
LOAD = "import sys; from ai_edge_litert.interpreter import Interpreter; Interpreter(sys.argv[1]).allocate_tensors()"


def refusal(*operations: str, accelerator: str = "cpu", facts: Facts | None = None) -> Refusal | None:
    """What LiteRT says to a file with these operations."""
    return LITERT.refuses(msgspec.structs.replace(EMPTY, operations=dict.fromkeys(operations, 1)), accelerator, facts or {})


def test_litert_is_found_by_name_with_its_defaults_first() -> None:
    """It reads TensorFlow Lite, runs on the CPU and the GPU, and XNNPACK is on unless a suite says otherwise."""
    assert (LITERT.reads, LITERT.runners, LITERT.accelerators) == (("tflite",), ("python",), ("cpu", "gpu"))
    assert LITERT.options == {"xnnpack": ("on", "off")}
    assert LITERT.package == "ai-edge-litert"


def test_the_runners_engine_knows_the_same_options(project: Path) -> None:
    """What the host offers is what the device's half takes."""
    text = (project / "device_scripts" / "engines" / "litert.py").read_text(encoding="utf-8")
    assert f"OPTIONS = {LITERT.options}".replace("'", '"') in text
    assert f"accelerators = {LITERT.accelerators}".replace("'", '"') in text


def test_builtin_operations_are_let_through() -> None:
    """No operation of the runtime's own is refused, nor its own custom ones."""
    assert refusal("CONV_2D v3", "FULLY_CONNECTED v12", *(f"CUSTOM:{name} v1" for name in LITERT_CUSTOM)) is None


@pytest.mark.parametrize(
    ("operations", "reason", "named"),
    [
        (("FlexErfinv v1",), "export-only", "FlexErfinv"),
        (("CUSTOM:Frobnicate v2", "FlexErfinv v1", "FlexInv v1"), "export-only", "FlexErfinv, FlexInv"),
        (("CUSTOM:Frobnicate v2",), "operation-version", "Frobnicate"),
    ],
)
def test_an_operation_from_outside_the_runtime_is_refused_by_name(operations: tuple[str, ...], reason: str, named: str) -> None:
    """A file with operations of TensorFlow has its sizes and no more; an unknown custom one may be known to another runtime."""
    refused = refusal("CONV_2D v3", *operations)
    assert refused is not None
    assert (refused.stage, refused.reason) == ("admit", reason)
    assert named in refused.message
    assert "CONV_2D" not in refused.message


def test_without_a_vulkan_driver_there_is_no_gpu() -> None:
    """The hint brings one. The CPU needs none, and a device that says nothing of drivers is tried."""
    absent = refusal("CONV_2D v3", accelerator="gpu", facts={"vulkan": ""})

    assert absent is not None
    assert (absent.stage, absent.reason, absent.hint) == ("admit", "accelerator-absent", "pocketbench doctor --install")
    assert refusal("CONV_2D v3", accelerator="gpu", facts={"vulkan": "SwiftShader"}) is None
    assert refusal("CONV_2D v3", accelerator="gpu", facts={}) is None
    assert refusal("CONV_2D v3", accelerator="cpu", facts={"vulkan": ""}) is None


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(LITERT_CUSTOM))
def test_the_runtime_has_a_kernel_for_each_custom_operation_let_through(tmp_path: Path, name: str) -> None:
    """A file of it alone is malformed, but what the runtime says is not that the operation is unknown."""
    (tmp_path / "model.tflite").write_bytes(tiny_tflite.custom(name))
    said = subprocess.run([sys.executable, "-c", LOAD, str(tmp_path / "model.tflite")], capture_output=True, text=True, check=False)
    assert "unresolved custom op" not in said.stderr
    (tmp_path / "model.tflite").write_bytes(tiny_tflite.custom("Frobnicate"))
    said = subprocess.run([sys.executable, "-c", LOAD, str(tmp_path / "model.tflite")], capture_output=True, text=True, check=False)
    assert "unresolved custom op: Frobnicate" in said.stderr
