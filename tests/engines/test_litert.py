"""The host's half of LiteRT."""

from pathlib import Path

import msgspec
import pytest

from pocketbench.devices import Facts
from pocketbench.engines import ENGINES
from pocketbench.model import Anatomy, Refusal
from pocketbench.tflite_versions import known

LITERT = ENGINES.get("litert")
EMPTY = Anatomy(0, 0, 0, 0, {}, 0.0, 0, {}, (), ())


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
    assert f"OPTIONS = {LITERT.options}".replace("'", '"') in (project / "device_scripts" / "tflite_interpreter.py").read_text(encoding="utf-8")
    assert f"accelerators = {LITERT.accelerators}".replace("'", '"') in text


def test_builtin_operations_are_let_through() -> None:
    """Nothing that it knows is refused in any version that it knows, nor its own custom operations."""
    assert refusal("CONV_2D v3", "FULLY_CONNECTED v12", "CUSTOM:Mfcc v1") is None
    assert refusal(*(f"{name} v{version}" for name, versions in known("litert").items() for version in versions)) is None


@pytest.mark.parametrize(
    ("operations", "reason", "named"),
    [
        (("FlexErfinv v1",), "export-only", "FlexErfinv"),
        (("CUSTOM:Frobnicate v2", "FlexErfinv v1", "FlexInv v1"), "export-only", "FlexErfinv, FlexInv"),
        (("CUSTOM:Frobnicate v2",), "operation-version", "no kernel for the custom operation Frobnicate"),
        (("ADD v99",), "operation-version", "ADD up to version 6, and the file has version 99"),
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
