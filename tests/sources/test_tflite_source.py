"""Ready-made TensorFlow Lite files as sources, on files of one operation."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tiny_tflite
from pocketbench import scores, sources, tensors
from pocketbench.errors import SourceError
from pocketbench.model import Rows, Source, Tensor

Array = np.ndarray[Any, Any]
WEIGHTS = np.arange(6.0).reshape(2, 3)


def opened(folder: Path, content: bytes) -> Source:
    """Write a file and open it as a worker does."""
    (folder / "given.tflite").write_bytes(content)
    kept = folder / "kept"
    kept.mkdir(exist_ok=True)
    return msgspec.convert(sources.open_source(source="given.tflite", base=str(folder), folder=str(kept)), Source)


def answers(folder: Path, source: Source, x: Array) -> Array:
    """Run a source over rows and read what was written."""
    np.save(folder / "scoring-x0.npy", x.astype(np.float32))
    rows = Rows("k", str(folder), len(x), 0, 0, False)
    said = sources.reference(source=msgspec.to_builtins(source), rows=msgspec.to_builtins(rows), folder=str(folder))
    assert said == {"rows": len(x), "outputs": 1}
    return np.load(folder / "reference-y0.npy")  # type: ignore[no-any-return]


def test_a_file_is_kept_and_described(tmp_path: Path) -> None:
    """Bytes are the key; weights count without biases; operations by name."""
    source = opened(tmp_path, tiny_tflite.linear(WEIGHTS, np.ones(3), free_rows=True))
    assert Path(source.path).name == "model.tflite"
    assert Path(source.path).read_bytes() == (tmp_path / "given.tflite").read_bytes()
    assert source.key == sources.identity("given.tflite", tmp_path)
    assert (source.framework, source.parameters, source.operations, source.stateful) == ("tflite", 6, {"FULLY_CONNECTED v1": 1}, False)
    assert (source.inputs, source.outputs) == ((Tensor("x", (-1, 2), "float32"),), (Tensor("y", (-1, 3), "float32"),))


def test_a_file_is_run_row_by_row(tmp_path: Path) -> None:
    """The outputs are those of the matrix."""
    x = np.array([[1.0, 2.0], [3.0, -1.0]])
    found = answers(tmp_path, opened(tmp_path, tiny_tflite.linear(WEIGHTS, np.ones(3))), x)
    assert found.dtype == np.float32
    assert np.allclose(found, x @ WEIGHTS + 1)


def test_what_a_file_remembers_is_reset_before_each_row(tmp_path: Path) -> None:
    """A running sum begins anew, so every answer is its own row."""
    source = opened(tmp_path, tiny_tflite.running_sum(3))
    x = np.array([[1.0, 2.0, 3.0]] * 4)
    assert source.stateful
    assert np.allclose(answers(tmp_path, source, x), x)


@pytest.mark.parametrize(("name", "operation"), [("FlexErfinv", "FlexErfinv v1"), ("NoSuchThing", "CUSTOM:NoSuchThing v1")])
def test_a_file_that_nothing_here_can_run_is_described_and_not_run(tmp_path: Path, name: str, operation: str) -> None:
    """Operations of TensorFlow and of strangers: what is inside can be told, there are no outputs to hold anything against."""
    source = opened(tmp_path, tiny_tflite.custom(name))
    assert (source.operations, source.inputs) == ({operation: 1}, (Tensor("x", (1, 4), "float32"),))
    np.save(tmp_path / "scoring-x0.npy", np.ones((2, 4), np.float32))
    rows = msgspec.to_builtins(Rows("k", str(tmp_path), 2, 0, 0, False))
    assert sources.reference(source=msgspec.to_builtins(source), rows=rows, folder=str(tmp_path)) == {"rows": 2, "outputs": 0}
    assert list(tmp_path.glob("reference*")) == []


def test_an_output_without_a_batch_dimension_is_whole_for_each_row(tmp_path: Path) -> None:
    """The reference has the shape that artifacts' outputs are read in."""
    source = opened(tmp_path, tiny_tflite.flattened(4))
    x = np.arange(12.0).reshape(3, 4)
    found = answers(tmp_path, source, x)
    assert source.outputs[0].shape == (4,)
    assert np.array_equal(found, x)
    x.astype("<f4").tofile(tmp_path / "output0.bin")
    [read] = tensors.read_outputs(source.outputs, 3, tmp_path)
    assert scores.agreement([read], [found], classes=False).max_abs_diff == 0


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(length=st.integers(8, 1100))
def test_a_file_that_was_cut_short_is_refused(tmp_path: Path, length: int) -> None:
    """Wherever it was cut; never a traceback of another kind."""
    content = tiny_tflite.linear(np.ones((16, 16)), np.zeros(16))
    if length < len(content):
        with pytest.raises(SourceError, match=r"cut short|cannot use it"):
            opened(tmp_path, content[:length])
