"""Ready-made ONNX files as sources, on files of one or two operations."""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from onnx import TensorProto, helper

import tiny_onnx
from pocketbench import sources
from pocketbench.errors import SourceError
from pocketbench.formats import FORMATS
from pocketbench.model import Rows, Source, Tensor
from tiny_onnx import floats

Array = np.ndarray[Any, Any]
WEIGHTS = np.arange(6.0).reshape(2, 3)


def opened(folder: Path, content: bytes, *shapes: str) -> Source:
    """Write a file and open it as a worker does."""
    (folder / "given.onnx").write_bytes(content)
    kept = folder / "kept"
    kept.mkdir(exist_ok=True)
    asked = {"shapes": list(shapes)} if shapes else {}
    return msgspec.convert(sources.open_source(source="given.onnx", base=str(folder), folder=str(kept), **({"asked": asked} if asked else {})), Source)


def answers(folder: Path, source: Source, *columns: Array) -> dict[str, int]:
    """Run a source over rows."""
    for place, column in enumerate(columns):
        np.save(folder / f"scoring-x{place}.npy", column)
    rows = Rows("k", str(folder), len(columns[0]), 0, 0, False)
    return sources.reference(source=msgspec.to_builtins(source), rows=msgspec.to_builtins(rows), folder=str(folder))


def test_a_file_is_kept_described_and_run_row_by_row(tmp_path: Path) -> None:
    """Bytes are the key; the outputs are those of the matrix; the format takes the file as it is."""
    source = opened(tmp_path, tiny_onnx.linear(WEIGHTS, np.ones(3), rows="batch"))
    assert Path(source.path).read_bytes() == (tmp_path / "given.onnx").read_bytes()
    assert source.key == sources.identity("given.onnx", tmp_path)
    assert (source.framework, source.parameters, source.inputs) == ("onnx", 6, (Tensor("x", (-1, 2), "float32"),))
    x = np.array([[1.0, 2.0], [3.0, -1.0]], np.float32)
    assert answers(tmp_path, source, x) == {"rows": 2, "outputs": 1}
    assert np.allclose(np.load(tmp_path / "reference-y0.npy"), x @ WEIGHTS + 1)
    made = FORMATS.get("onnx").convert(source, Rows("", "", 0, 0, 0, labelled=False), "as_is", "", tmp_path)
    assert made.read_bytes() == (tmp_path / "given.onnx").read_bytes()


def test_several_inputs_of_whole_numbers_keep_their_order_and_dtype(tmp_path: Path) -> None:
    """Rows come as floats and go in as what the file takes; two outputs come in its order."""
    nodes = [
        helper.make_node("Gather", ["table", "words"], ["rows"]),
        helper.make_node("Add", ["rows", "x"], ["sum"]),
        helper.make_node("Neg", ["sum"], ["neg"]),
    ]
    words = helper.make_tensor_value_info("words", TensorProto.INT64, [1, 2])
    table = np.arange(20.0, dtype=np.float32).reshape(5, 4)
    whole = tiny_onnx.model(nodes, [floats("x", 1, 2, 4), words], [floats("neg", 1, 2, 4), floats("sum", 1, 2, 4)], {"table": table})
    source = opened(tmp_path, whole.SerializeToString())
    assert [(each.name, each.dtype) for each in source.inputs] == [("x", "float32"), ("words", "int64")]
    x, places = np.ones((3, 2, 4), np.float32), np.array([[0, 4], [1, 1], [2, 3]], np.float32)
    assert answers(tmp_path, source, x, places)["outputs"] == 2
    assert np.array_equal(np.load(tmp_path / "reference-y1.npy"), table[places.astype(int)] + 1)


def test_open_sizes_are_told_with_the_line_to_type_and_fixed_by_it(tmp_path: Path) -> None:
    """A size that has a name gets it in the outputs too."""
    whole = tiny_onnx.model([helper.make_node("Relu", ["x"], ["y"])], [floats("x", "batch", "length", 3)], [floats("y", "batch", "length", 3)])
    with pytest.raises(SourceError, match="more than the batch is free") as caught:
        opened(tmp_path, whole.SerializeToString())
    assert caught.value.hint == 'say them in the suite: shapes = ["1x128x3:float32"]'
    source = opened(tmp_path, whole.SerializeToString(), "1x5x3")
    assert (source.inputs[0].shape, source.outputs[0].shape) == ((1, 5, 3), (1, 5, 3))
    with pytest.raises(SourceError, match="does not fit"):
        opened(tmp_path, whole.SerializeToString(), "1x5x4")
    with pytest.raises(SourceError, match="shapes has 2 entries"):
        opened(tmp_path, whole.SerializeToString(), "1x5x3", "1x2")


def test_outputs_whose_shape_the_file_does_not_say_are_seen_by_running_it(tmp_path: Path) -> None:
    """What comes out for one row of zeros says how large outputs are."""
    whole = tiny_onnx.model([helper.make_node("Flatten", ["x"], ["y"])], [floats("x", 1, 2, 3)], [floats("y", "a", "b")])
    source = opened(tmp_path, whole.SerializeToString())
    assert FORMATS.get("onnx").anatomy(Path(source.path)).outputs == (Tensor("y", (1, 6), "float32"),)


def test_a_file_that_nothing_here_can_run_is_described_and_not_run(tmp_path: Path) -> None:
    """An operation of strangers: what is inside can be told, there are no outputs to hold anything against."""
    source = opened(tmp_path, tiny_onnx.custom("Frob", "my.own"))
    assert source.operations == {"my.own.Frob v1": 1}
    assert answers(tmp_path, source, np.ones((2, 4), np.float32)) == {"rows": 2, "outputs": 0}


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"\x00\x01nothing", "not a whole ONNX file"),
        (tiny_onnx.linear(WEIGHTS, np.ones(3))[:60], "not a whole ONNX file"),
        (tiny_onnx.external(WEIGHTS), "in another file"),
        (tiny_onnx.custom("Frob", ""), "ONNX Runtime cannot use it"),
    ],
)
def test_a_file_that_cannot_be_used_is_told_by_name(tmp_path: Path, content: bytes, named: str) -> None:
    """Never a traceback of another kind."""
    with pytest.raises(SourceError, match=named):
        opened(tmp_path, content)


def test_an_input_without_a_batch_is_told_before_open_sizes(tmp_path: Path) -> None:
    """No shape could help it."""
    nodes = [helper.make_node("Add", ["x", "state"], ["y"])]
    whole = tiny_onnx.model(nodes, [floats("x", "batch", "length"), floats("state", 2, "length")], [floats("y", "batch", "length")])
    with pytest.raises(SourceError, match=r"input 'state' has shape \(2, -1\); rows are run one at a time"):
        opened(tmp_path, whole.SerializeToString())
