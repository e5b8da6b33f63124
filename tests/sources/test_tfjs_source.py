"""Ready-made models of TensorFlow.js as sources, graphs and layers, run by TensorFlow.js itself."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

import tiny_tfjs
from pocketbench import sources
from pocketbench.errors import SourceError
from pocketbench.model import Rows, Source, Tensor

Array = np.ndarray[Any, Any]
WEIGHTS = np.arange(6.0).reshape(2, 3)
ROWS = np.array([[1.0, 2.0], [3.0, -1.0], [0.5, 0.0]])


def opened(folder: Path, made: tuple[dict[str, Any], bytes], *, text: str = "given", shapes: Sequence[str] = ()) -> Source:
    """Write a model into the folder ``given`` and open it as a worker does."""
    tiny_tfjs.write(folder / "given", *made)
    kept = folder / "kept"
    kept.mkdir(exist_ok=True)
    return msgspec.convert(sources.open_source(source=text, base=str(folder), folder=str(kept), asked={"shapes": list(shapes)}), Source)


def answers(folder: Path, source: Source, x: Array) -> list[Array]:
    """Run a source over rows and read what was written."""
    np.save(folder / "scoring-x0.npy", x.astype(np.float32))
    rows = Rows("k", str(folder), len(x), 0, 0, False)
    said = sources.reference(source=msgspec.to_builtins(source), rows=msgspec.to_builtins(rows), folder=str(folder))
    assert said["rows"] == len(x)
    return [np.load(folder / f"reference-y{index}.npy") for index in range(said["outputs"])]


def told(folder: Path, source: Source) -> dict[str, Any]:
    """The kept model.json."""
    return json.loads((Path(source.path) / "model.json").read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def test_a_model_is_kept_and_described(tmp_path: Path) -> None:
    """Bytes are the key, whatever lies beside the model; weights count without biases; nothing is written into it that it says itself."""
    source = opened(tmp_path, tiny_tfjs.linear(WEIGHTS, np.ones(3), rows=-1))
    assert (Path(source.path).name, source.framework, source.parameters) == ("model", "tfjs", 6)
    assert (source.inputs, source.outputs) == ((Tensor("x", (-1, 2), "float32"),), (Tensor("y", (-1, 3), "float32"),))
    (tmp_path / "given" / "README").write_text("not a part of it", encoding="utf-8")
    assert source.key == sources.identity("given", tmp_path) == sources.identity("given/", tmp_path) == sources.identity("given/model.json", tmp_path)
    assert sorted(file.name for file in Path(source.path).iterdir()) == [tiny_tfjs.SHARD, "model.json"]
    assert (Path(source.path) / "model.json").read_bytes() == (tmp_path / "given" / "model.json").read_bytes()


def test_a_model_may_have_another_name(tmp_path: Path) -> None:
    """Several lie in one folder; the shards are those that the file names."""
    folder = tiny_tfjs.write(tmp_path / "given", *tiny_tfjs.linear(WEIGHTS, np.ones(3)))
    (folder / "model.json").rename(folder / "emotion.json")
    kept = tmp_path / "kept"
    kept.mkdir()
    source = msgspec.convert(sources.open_source(source="given/emotion.json", base=str(tmp_path), folder=str(kept)), Source)
    assert sorted(file.name for file in Path(source.path).iterdir()) == [tiny_tfjs.SHARD, "model.json"]


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("given/model.jsn", "is no kind of model"),
        ("given/nodel.json", "there is no such file"),
        ("nowhere/", "no such folder"),
        ("given", "there is no shard 'group1-shard1of1.bin' beside it"),
        ("empty", "a TensorFlow.js model when it holds model.json"),
    ],
)
def test_what_is_not_there_is_told(tmp_path: Path, text: str, named: str) -> None:
    """The file, the shard, or what a folder would have to hold."""
    folder = tiny_tfjs.write(tmp_path / "given", *tiny_tfjs.linear(WEIGHTS, np.ones(3)))
    (folder / tiny_tfjs.SHARD).unlink()
    (tmp_path / "empty").mkdir()
    with pytest.raises(SourceError) as caught:
        sources.find(text, tmp_path)
    assert named in str(caught.value)


def test_a_folder_with_both_is_a_saved_model(tmp_path: Path) -> None:
    """What a converter was given and what it made may lie together; the older kind is meant, as before."""
    folder = tiny_tfjs.write(tmp_path / "given", *tiny_tfjs.linear(WEIGHTS, np.ones(3)))
    (folder / "saved_model.pb").write_bytes(b"x")
    assert sources.find("given", tmp_path).name == "SavedModel"
    assert sources.find("given/model.json", tmp_path).name == "TensorFlow.js model"


def test_a_damaged_model_is_refused_naming_the_file_that_was_given(tmp_path: Path) -> None:
    """Not the copy's."""
    model, content = tiny_tfjs.linear(WEIGHTS, np.ones(3))
    with pytest.raises(SourceError, match=r"given/model\.json cannot be used: .*'b' of shape \(3,\) needs 12 bytes"):
        opened(tmp_path, (model, content[:-1]))


def test_open_sizes_are_said_in_the_suite(tmp_path: Path) -> None:
    """The line to type is in the error."""
    made = tiny_tfjs.linear(WEIGHTS, np.ones(3))
    made[0]["signature"]["inputs"]["x"] = tiny_tfjs.info("x:0", -1, -1)
    with pytest.raises(SourceError) as caught:
        opened(tmp_path, made)
    assert caught.value.hint == 'say them in the suite: shapes = ["1x128:float32"]'
    with pytest.raises(SourceError, match="does not fit"):
        opened(tmp_path, made, shapes=["1x2x2"])
    source = opened(tmp_path, made, shapes=["1x2"])
    assert (source.inputs, told(tmp_path, source)["signature"]["inputs"]["x"]["name"]) == ((Tensor("x", (1, 2), "float32"),), "x:0")


def test_what_tensorflow_js_does_not_have_is_described_and_not_run(tmp_path: Path) -> None:
    """What is inside can be told, there are no outputs to hold anything against."""
    nodes = [tiny_tfjs.placeholder("x", 1, 2), tiny_tfjs.node("y", "RaggedRange", "x")]
    source = opened(tmp_path, tiny_tfjs.graph(nodes, {"x": tiny_tfjs.info("x:0", 1, 2)}, {"y": tiny_tfjs.info("y:0", 1, 2)}, {}))
    assert source.operations == {"RaggedRange": 1}
    assert answers(tmp_path, source, ROWS) == []


@pytest.mark.slow
@pytest.mark.parametrize("quantized", [None, {"dtype": "uint8", "scale": 1.0, "min": 0.0}])
def test_a_graph_is_run_row_by_row(tmp_path: Path, quantized: dict[str, Any] | None) -> None:
    """The outputs are those of the matrix, however its numbers are kept."""
    weights = WEIGHTS.astype(np.uint8) if quantized else WEIGHTS
    [found] = answers(tmp_path, opened(tmp_path, tiny_tfjs.linear(weights, np.ones(3), quantized=quantized)), ROWS)
    assert found.dtype == np.float32
    assert np.allclose(found, ROWS @ WEIGHTS + 1)


@pytest.mark.slow
def test_layers_are_asked_for_what_comes_out(tmp_path: Path) -> None:
    """The topology has no shape of it; then it is written beside it, and the model runs."""
    source = opened(tmp_path, tiny_tfjs.dense(WEIGHTS, np.ones(3)))
    assert (source.inputs, source.outputs) == ((Tensor("dense_input", (-1, 2), "float32"),), (Tensor("dense", (1, 3), "float32"),))
    assert list(told(tmp_path, source)["signature"]["outputs"]) == ["dense"]
    [found] = answers(tmp_path, source, ROWS)
    assert np.allclose(found, ROWS @ WEIGHTS + 1)


@pytest.mark.slow
def test_what_layers_remember_is_forgotten_before_each_row(tmp_path: Path) -> None:
    """A recurrent layer begins anew, so the same row has the same answer."""
    told = {"units": 3, "stateful": True, "return_sequences": False, "batch_input_shape": [1, 2, 1], "activation": "linear", "use_bias": False}
    config = {"class_name": "Sequential", "config": {"layers": [tiny_tfjs.layer("SimpleRNN", "r", **told)]}}
    names = ("r/simple_rnn_cell/kernel", "r/simple_rnn_cell/recurrent_kernel")
    weights = dict(zip(names, (np.ones((1, 3), np.float32), np.eye(3, dtype=np.float32)), strict=True))
    source = opened(tmp_path, tiny_tfjs.layers(config, weights))
    assert (source.stateful, source.parameters) == (True, 12)
    [found] = answers(tmp_path, source, np.ones((3, 2, 1)))
    assert np.allclose(found, 2.0)


@pytest.mark.slow
def test_a_graph_without_a_signature_is_asked_too(tmp_path: Path) -> None:
    """What nobody takes comes out; what WebAssembly lacks is computed by plain JavaScript."""
    model, content = tiny_tfjs.linear(WEIGHTS, np.ones(3))
    del model["signature"]
    model["modelTopology"]["node"].append(tiny_tfjs.node("square", "Einsum", "sum", "sum", equation={"s": "aWosaWotPmlq"}, N={"i": "2"}))  # ij,ij->ij
    source = opened(tmp_path, (model, content))
    assert {each.name: each.shape for each in source.outputs} == {"Identity": (1, 3), "square": (1, 3)}
    plain, square = answers(tmp_path, source, ROWS)
    assert np.allclose(plain, ROWS @ WEIGHTS + 1)
    assert np.allclose(square, plain**2)


@pytest.mark.slow
def test_what_tensorflow_js_refuses_is_told_in_its_words(tmp_path: Path) -> None:
    """A kernel of other units than the layer's."""
    model, content = tiny_tfjs.dense(WEIGHTS, np.ones(3))
    model["modelTopology"]["model_config"]["config"]["layers"][0]["config"]["units"] = 5
    with pytest.raises(SourceError, match=r"given/model\.json cannot be used: TensorFlow\.js: Shape mismatch"):
        opened(tmp_path, (model, content))


@pytest.mark.slow
def test_an_output_that_only_running_shows_to_be_no_number_is_refused(tmp_path: Path) -> None:
    """Nothing in the file says that complex numbers come out."""
    model, content = tiny_tfjs.graph([tiny_tfjs.placeholder("x", 1, 2), tiny_tfjs.node("y", "Complex", "x", "x")], {}, {}, {})
    del model["signature"]
    with pytest.raises(SourceError, match="'y' is of type complex64; only numbers can be measured"):
        opened(tmp_path, (model, content))
