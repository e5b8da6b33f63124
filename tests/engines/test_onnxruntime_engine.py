"""The host's half of ONNX Runtime."""

from pathlib import Path

import msgspec
import onnxruntime
import pytest

import tiny_onnx
from pocketbench import onnx_versions
from pocketbench.engines import ENGINES
from pocketbench.model import Anatomy, Refusal

ENGINE = ENGINES.get("onnxruntime")
EMPTY = Anatomy(0, 0, 0, 0, {}, 0.0, 0, {}, (), ())


def refusal(*operations: str) -> Refusal | None:
    """What it says to a file with these operations."""
    return ENGINE.refuses(msgspec.structs.replace(EMPTY, operations=dict.fromkeys(operations, 1)), "cpu", {})


def test_the_runners_engine_knows_the_same_options(project: Path) -> None:
    """What the host offers is what the device's half takes; the default is first."""
    text = (project / "device_scripts" / "engines" / "onnxruntime.py").read_text(encoding="utf-8")
    assert f"OPTIONS = {ENGINE.options}".replace("'", '"') in text
    assert (ENGINE.reads, ENGINE.accelerators, ENGINE.package) == (("onnx",), ("cpu",), "onnxruntime")


def test_operations_that_it_knows_are_let_through() -> None:
    """ONNX's own up to the newest, and its makers'."""
    assert refusal("Conv v11", f"Cast v{onnx_versions.OPSET}", "com.microsoft.DynamicQuantizeLSTM v1", "ai.onnx.ml.Scaler v1") is None


@pytest.mark.parametrize(
    ("operations", "named"),
    [(("Conv v11", "my.own.Frob v1"), "operation my.own.Frob"), (("Conv v11", "Cast v27"), "26, and the file has Cast v27")],
)
def test_operations_that_it_does_not_know_are_refused_by_name(operations: tuple[str, ...], named: str) -> None:
    """Those of strangers, and those newer than the runtime."""
    refused = refusal(*operations)
    assert refused is not None
    assert (refused.stage, refused.reason) == ("admit", "operation-version")
    assert named in refused.message
    assert "Conv" not in refused.message


@pytest.mark.parametrize(("version", "loads"), [(onnx_versions.OPSET, True), (onnx_versions.OPSET + 1, False)])
def test_the_newest_opset_is_the_one_that_the_runtime_loads(version: int, loads: bool) -> None:
    """A pin that changes shows here."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    content = tiny_onnx.custom("Relu", "", version)
    if loads:
        onnxruntime.InferenceSession(content, options)
    else:
        with pytest.raises(Exception, match="Opset"):
            onnxruntime.InferenceSession(content, options)
