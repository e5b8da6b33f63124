"""Models of TensorFlow.js looked into: weights counted by hand, inputs and outputs in their order; files that are not whole or say what is not true."""

import contextlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tiny_tfjs
from pocketbench import tfjs_reader, tfjs_shards
from pocketbench.errors import Refused
from pocketbench.model import Anatomy, Kernel, Tensor
from pocketbench.tfjs_anatomy import anatomy_of

Array = np.ndarray[Any, Any]
Change = Callable[[dict[str, Any]], Any]
WEIGHTS = np.arange(12.0).reshape(4, 3)


def seen(folder: Path, made: tuple[dict[str, Any], bytes]) -> Anatomy:
    """Write a model and look into it."""
    return anatomy_of(tiny_tfjs.write(folder / "model", *made))


def of(folder: Path, nodes: list[dict[str, Any]], weights: dict[str, Array]) -> Anatomy:
    """Look into a graph from x to y; shapes are not looked at."""
    every = [tiny_tfjs.placeholder("x", 1, 4), *nodes]
    return seen(folder, tiny_tfjs.graph(every, {"x": tiny_tfjs.info("x:0", 1, 4)}, {"y": tiny_tfjs.info("y:0", 1, 3)}, weights))


def refused(folder: Path, change: Change, made: tuple[dict[str, Any], bytes] | None = None) -> str:
    """What is said of a model that was changed by hand."""
    model, content = made or tiny_tfjs.linear(WEIGHTS, np.ones(3))
    change(model)
    with pytest.raises(Refused) as caught:
        seen(folder, (model, content))
    assert (caught.value.reason, len(caught.value.message) <= 300) == ("engine-cannot-read", True)
    return caught.value.message


def unchanged(model: dict[str, Any]) -> None:
    """No change at all."""


def entry(model: dict[str, Any], at: int = 0) -> dict[str, Any]:
    """What the manifest says of one weight."""
    return model["weightsManifest"][0]["weights"][at]  # type: ignore[no-any-return]


def put(place: Callable[[dict[str, Any]], dict[str, Any]], key: str, value: object) -> Change:
    """A change of one key."""
    return lambda model: place(model).__setitem__(key, value)


def test_a_graph_is_described(tmp_path: Path) -> None:
    """Weights without biases, operations without what computes nothing, the signature's names; a product's channels are its columns."""
    found = seen(tmp_path, tiny_tfjs.linear(WEIGHTS, np.ones(3), rows=-1))
    assert (found.parameters, found.parameters_by_dtype, found.operations) == (12, {"float32": 12}, {"BiasAdd": 1, "MatMul": 1})
    assert (found.inputs, found.outputs) == ((Tensor("x", (-1, 4), "float32"),), (Tensor("y", (-1, 3), "float32"),))
    assert found.kernels == (Kernel("w", "kernel", (4, 3), "float32", 12, 1 / 12, 12, 4, 0.0),)
    assert (found.about, found.size_bytes) == ({"model": "graph"}, sum(file.stat().st_size for file in (tmp_path / "model").iterdir()))


def test_a_model_of_layers_is_described(tmp_path: Path) -> None:
    """Layers by their classes, the input as tfjs names it; of what comes out the topology has no shape."""
    found = seen(tmp_path, tiny_tfjs.dense(WEIGHTS, np.ones(3)))
    assert (found.parameters, found.operations, found.about) == (12, {"Dense": 1}, {"model": "layers"})
    assert (found.inputs, found.outputs) == ((Tensor("dense_input", (-1, 4), "float32"),), (Tensor("dense", (-1,), "float32"),))
    assert found.kernels == (Kernel("dense/kernel", "kernel", (4, 3), "float32", 12, 1 / 12, 12, 4, 0.0),)


def test_a_signature_beside_layers_says_what_they_do_not(tmp_path: Path) -> None:
    """Names, shapes and dtypes, in its order."""
    signature = {"inputs": {"pixels": tiny_tfjs.info("dense_input", -1, 4)}, "outputs": {"scores": tiny_tfjs.info("dense", -1, 3)}}
    found = seen(tmp_path, tiny_tfjs.dense(WEIGHTS, np.ones(3), signature=signature))
    assert (found.inputs, found.outputs) == ((Tensor("pixels", (-1, 4), "float32"),), (Tensor("scores", (-1, 3), "float32"),))


def test_layers_inside_models_and_wrappers_count_and_inputs_are_found_through_them(tmp_path: Path) -> None:
    """A model in a model is what is in it; a wrapper is a layer, and so is what it wraps; inputs come in the order of input_layers."""
    inner = {"class_name": "Sequential", "config": [tiny_tfjs.layer("Dense", "d", batch_input_shape=[None, 4]), tiny_tfjs.layer("ReLU", "r")]}
    recurrent = tiny_tfjs.layer("Bidirectional", "b", layer=tiny_tfjs.layer("RNN", "cells", cell=tiny_tfjs.layer("LSTMCell", "c")))
    outer = {"class_name": "Sequential", "config": {"layers": [inner, recurrent]}}
    found = seen(tmp_path, tiny_tfjs.layers(outer, {}))
    assert found.operations == {"Bidirectional": 1, "Dense": 1, "LSTMCell": 1, "RNN": 1, "ReLU": 1}
    assert found.inputs == (Tensor("d_input", (-1, 4), "float32"),)
    two = [tiny_tfjs.layer("InputLayer", name, batch_input_shape=[None, size], dtype=dtype) for name, size, dtype in (("a", 2, "float32"), ("b", 3, "int32"))]
    graph = {"layers": two, "input_layers": [["b", 0, 0], ["a", 0, 0]], "output_layers": [["a", 0, 0]]}
    found = seen(tmp_path, tiny_tfjs.layers({"class_name": "Functional", "config": graph}, {}))
    assert (found.inputs, found.operations) == ((Tensor("b", (-1, 3), "int32"), Tensor("a", (-1, 2), "float32")), {})


def test_a_layer_that_remembers_makes_the_model_one(tmp_path: Path) -> None:
    """Inside a wrapper too; what cannot be read of a class that nobody knows does not matter."""
    for stateful in (False, True):
        wrapped = tiny_tfjs.layer("Bidirectional", "b", batch_input_shape=[1, 3, 4], layer=tiny_tfjs.layer("LSTM", "l", units=2, stateful=stateful))
        own = tiny_tfjs.layer("MyOwn", "m", layers=3, stateful="yes")
        found = seen(tmp_path, tiny_tfjs.layers({"class_name": "Sequential", "config": {"layers": [wrapped, own]}}, {}))
        assert (found.stateful, found.operations) == (stateful, {"Bidirectional": 1, "LSTM": 1, "MyOwn": 1})


@pytest.mark.parametrize(
    ("operation", "attributes", "shape", "kind", "channels", "inner"),
    [
        ("_FusedConv2D", {}, (3, 3, 8, 2), "kernel", 2, 8),
        ("FusedDepthwiseConv2dNative", {}, (3, 3, 8, 1), "depthwise", 8, 0),
        ("Conv2DBackpropInput", {}, (3, 3, 2, 8), "kernel", 2, 8),
        ("MatMul", {}, (4, 3), "kernel", 3, 4),
        ("MatMul", {"transpose_b": {"b": True}}, (3, 4), "kernel", 3, 4),
        ("GatherV2", {}, (5, 4), "table", 0, 0),
    ],
)
def test_channels_and_groups_of_four_follow_the_operation(
    tmp_path: Path, operation: str, attributes: dict[str, Any], shape: tuple[int, ...], kind: str, channels: int, inner: int
) -> None:
    """Of four neighbours along the input axis two are zeros, and every channel has as many values as its row of inputs makes."""
    size = int(np.prod(shape))
    plain = np.arange(size).reshape(max(channels, 1), -1, max(inner, 1)) + 1.0
    rows = plain * (np.arange(max(inner, 1)) % 4 < 2) if inner else plain
    laid = {
        "_FusedConv2D": lambda: np.moveaxis(rows.reshape(2, 3, 3, 8), 0, -1),
        "Conv2DBackpropInput": lambda: np.moveaxis(rows.reshape(2, 3, 3, 8), 0, 2),
        "FusedDepthwiseConv2dNative": lambda: rows.reshape(8, 9).T,
        "MatMul": lambda: rows.reshape(3, 4) if attributes else rows.reshape(3, 4).T,
    }.get(operation, lambda: rows)()
    places = ("w", "x") if operation == "GatherV2" else ("x", "w")
    found = of(tmp_path, [tiny_tfjs.node("y", operation, *places, **attributes)], {"w": laid.reshape(shape).astype(np.float32)})
    [kernel] = found.kernels
    assert (kernel.kind, kernel.shape, kernel.two_of_four) == (kind, shape, 1.0 if inner else None)
    assert kernel.channel_values == (len(np.unique(rows[0])) if channels else size)


def test_weights_are_counted_as_they_are_kept(tmp_path: Path) -> None:
    """Bytes of 8 and 16 bits with one scale, where what stands for 0 is a zero; halves without."""
    steps = np.array([[3, 4, 3], [4, 4, 4], [3, 4, 4], [4, 4, 4]])
    for kept, block in (("uint8", {"scale": 0.5, "min": -1.5}), ("uint16", {"scale": 0.5, "min": -1.5}), ("float16", {})):
        found = seen(tmp_path, tiny_tfjs.linear(steps.astype(kept), np.ones(3), quantized={"dtype": kept, **block}))
        [kernel] = found.kernels
        assert (found.parameters_by_dtype, found.parameters_quantized) == ({kept: 12}, 12 * (kept == "uint8"))
        assert (kernel.dtype, kernel.scales, found.zeros, found.unique_values) == (kept, int(kept != "float16"), 3 / 12 if block else 0.0, 2)


def test_where_no_step_stands_for_zero_nothing_is_zero(tmp_path: Path) -> None:
    """Older converters do not move the range so that 0 is in it."""
    found = seen(tmp_path, tiny_tfjs.linear(np.zeros((4, 3), np.uint8), np.ones(3), quantized={"dtype": "uint8", "scale": 1.0, "min": 0.25}))
    assert (found.parameters, found.zeros) == (12, 0.0)


def test_tables_and_other_matrices_count_and_vectors_do_not(tmp_path: Path) -> None:
    """A table through what hands it on, a matrix that is added; no vector, no statistics, no slope of a ReLU, no whole numbers."""
    nodes = [
        tiny_tfjs.node("same", "Identity", "table"),
        tiny_tfjs.node("a", "GatherV2", "same", "places", "places"),
        tiny_tfjs.node("c", "AddV2", "a", "matrix"),
        tiny_tfjs.node("d", "AddV2", "c", "vector"),
        tiny_tfjs.node("e", "Prelu", "d", "slope"),
        tiny_tfjs.node("f", "FusedBatchNormV3", "e", "scale", "scale", "scale", "scale"),
        tiny_tfjs.node("turned", "Transpose", "kernel", "places"),
        tiny_tfjs.node("y", "MatMul", "f", "turned"),
    ]
    shapes = {"table": (5, 4), "matrix": (2, 4), "vector": (1, 4), "slope": (2, 4), "scale": (2, 4), "kernel": (3, 4)}
    weights: dict[str, Array] = {name: np.ones(shape, np.float32) for name, shape in shapes.items()}
    found = of(tmp_path, nodes, {**weights, "places": np.ones((3, 2), np.int32)})
    assert {kernel.name: kernel.kind for kernel in found.kernels} == {"table": "table", "matrix": "matrix", "kernel": "kernel"}


def test_weights_in_branches_count_once(tmp_path: Path) -> None:
    """Functions are looked into; what is in them counts with the operations."""
    model, content = tiny_tfjs.linear(WEIGHTS, np.ones(3))
    model["modelTopology"]["library"] = {"function": [{"signature": {"name": "then"}, "nodeDef": [tiny_tfjs.node("m", "MatMul", "a", "w")]}]}
    found = seen(tmp_path, (model, content))
    assert (found.parameters, found.operations) == (12, {"MatMul": 2, "BiasAdd": 1})


def test_without_a_signature_placeholders_go_in_and_what_nobody_takes_comes_out(tmp_path: Path) -> None:
    """As tfjs does it; the placeholder says dtype and shape."""
    model, content = tiny_tfjs.linear(WEIGHTS, np.ones(3))
    del model["signature"]
    found = seen(tmp_path, (model, content))
    assert (found.inputs, found.outputs) == ((Tensor("x", (1, 4), "float32"),), (Tensor("Identity", (-1,), "float32"),))


def test_the_metadata_of_older_converters_holds_the_signature(tmp_path: Path) -> None:
    """It comes first, as in tfjs; dtypes that tfjs has not come as those it has; what tfjs fills itself does not go in."""
    model, content = tiny_tfjs.linear(WEIGHTS, np.ones(3))
    signature = {"inputs": {"x:0": {"name": "x:0", "dtype": "DT_UINT8"}, "r": {"name": "", "dtype": "DT_RESOURCE"}}, "outputs": {"out": {"name": "sum:0"}}}
    model["userDefinedMetadata"] = {"signature": signature}
    found = seen(tmp_path, (model, content))
    assert (found.inputs, found.outputs) == ((Tensor("x:0", (1, 4), "int32"),), (Tensor("out", (-1,), "float32"),))


def test_a_weight_may_lie_in_several_shards(tmp_path: Path) -> None:
    """Cut anywhere, in files in a folder below; nothing else changes."""
    model, content = tiny_tfjs.linear(WEIGHTS, np.ones(3))
    model["weightsManifest"][0]["paths"] = ["./below/a.bin", "b.bin", "c.bin"]
    folder = tiny_tfjs.write(tmp_path / "model", model, b"")
    (folder / "below").mkdir()
    for name, piece in (("below/a.bin", content[:7]), ("b.bin", content[7:9]), ("c.bin", content[9:])):
        (folder / name).write_bytes(piece)
    read = tfjs_reader.read(folder)
    assert np.array_equal(read.values(read.weights["w"]), WEIGHTS)
    assert anatomy_of(folder).parameters == 12


@pytest.mark.parametrize("left", [0, 5])
def test_a_shard_that_becomes_shorter_while_it_is_read_is_refused(tmp_path: Path, left: int) -> None:
    """As where it is copied once more: what is not there any more is not waited for."""
    folder = tiny_tfjs.write(tmp_path / "model", *tiny_tfjs.linear(np.ones((4, 3), np.float32), np.ones(3, np.float32)))
    model = tfjs_reader.read(folder)
    (folder / tiny_tfjs.SHARD).write_bytes(bytes(left))
    with pytest.raises(Refused, match="became shorter while it was read"):
        model.values(model.weights["w"])


def test_texts_are_passed_over(tmp_path: Path) -> None:
    """A vocabulary lies between the weights, each word with its length in front."""
    model, content = tiny_tfjs.linear(WEIGHTS, np.ones(3))
    model["weightsManifest"][0]["weights"].insert(0, {"name": "words", "shape": [2], "dtype": "string"})
    words = b"\x03\x00\x00\x00cat\x00\x00\x00\x00"
    assert seen(tmp_path, (model, words + content)).parameters == 12
    assert "words' end behind" in refused(tmp_path, unchanged, (model, b"\xff\xff\xff\xff" + content))


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (put(entry, "shape", [4, 4]), "'w' of shape (4, 4) needs 64 bytes, and the shards have 60 left"),
        (put(entry, "shape", [4, 2]), "describes 44 bytes of weights, and the shards have 60"),
        (put(entry, "shape", [-1, 3]), "$.weightsManifest[0].weights[0].shape[0]"),
        (put(entry, "shape", [1 << 40]), "$.weightsManifest[0].weights[0].shape[0]"),
        (put(entry, "shape", [1 << 30] * 32), "'w' of shape"),
        (put(entry, "shape", [1] * 33), "$.weightsManifest[0].weights[0].shape"),
        (put(entry, "dtype", "float8"), "$.weightsManifest[0].weights[0].dtype"),
        (put(entry, "quantization", {"dtype": "int4"}), "$.weightsManifest[0].weights[0].quantization.dtype"),
        (put(entry, "quantization", {"dtype": "uint8", "min": 0}), "'w' is kept as uint8, and its quantization has no scale"),
        (put(entry, "quantization", {"dtype": "uint16", "scale": 1}), "'w' is kept as uint16, and its quantization has no min"),
        (lambda model: entry(model).update(dtype="bool", quantization={"dtype": "float16"}), "'w' of bool cannot be kept as float16"),
        (put(entry, "name", "b"), "'b' comes twice"),
        (lambda model: model.update(format="layers-model"), "format is 'layers-model'"),
        (lambda model: model.update(modelTopology={}), "modelTopology has nothing"),
        (lambda model: model.pop("weightsManifest"), "weightsManifest"),
        (lambda model: model["signature"]["inputs"]["x"].update(name="z:0"), "signature.inputs.x is 'z:0', and the graph has no such node"),
        (lambda model: model["signature"]["inputs"]["x"].update(tensorShape={"dim": [{"size": "-7"}]}), "signature.inputs.x has the shape (-7,)"),
        (lambda model: model["signature"]["inputs"]["x"].update(tensorShape={"dim": [{"size": "many"}]}), "signature.inputs.x has a size that is no number"),
        (lambda model: model["modelTopology"]["node"][0].pop("op"), "modelTopology is not a whole"),
    ],
)  # fmt: skip
def test_what_says_something_untrue_is_refused_by_name(tmp_path: Path, change: Change, named: str) -> None:
    """The file and the key, or the weight."""
    said = refused(tmp_path, change)
    assert said.startswith("model.json")
    assert named in said


@pytest.mark.parametrize(
    "name", ["../secret.bin", "/etc/hostname", "a/../../b", "https://example.org/a.bin", "..\\b", "%2e%2e/b", "b.bin?x", "", "a//b", "C:b"]
)
def test_a_shard_outside_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    """Whatever leads out: no such file is opened."""
    (tmp_path / "secret.bin").write_bytes(bytes(60))
    assert "no name inside the folder" in refused(tmp_path, lambda model: model["weightsManifest"][0].update(paths=[name]))


def test_a_link_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    """A name inside is not enough."""
    folder = tiny_tfjs.write(tmp_path / "model", *tiny_tfjs.linear(WEIGHTS, np.ones(3)))
    (folder / tiny_tfjs.SHARD).rename(tmp_path / "elsewhere.bin")
    (folder / tiny_tfjs.SHARD).symlink_to(tmp_path / "elsewhere.bin")
    with pytest.raises(Refused, match="a link that leads out of the folder"):
        anatomy_of(folder)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda folder: (folder / tiny_tfjs.SHARD).unlink(), "there is no shard 'group1-shard1of1.bin' beside it"),
        (lambda folder: (folder / tiny_tfjs.SHARD).write_bytes(bytes(59)), "'b' of shape (3,) needs 12 bytes, and the shards have 11 left"),
        (lambda folder: (folder / tiny_tfjs.SHARD).write_bytes(bytes(61)), "describes 60 bytes of weights, and the shards have 61"),
        (lambda folder: (folder / "model.json").unlink(), "there is no such file"),
        (lambda folder: (folder / "model.json").write_text("[" * 100_000), "model.json"),
        (lambda folder: (folder / "model.json").write_text('{"x":' + "[" * 100_000), "model.json"),
        (lambda folder: (folder / "model.json").write_text('{"modelTopology": NaN}'), "model.json"),
        (lambda folder: (folder / "model.json").write_bytes(b"\xff\xfe"), "model.json"),
        (lambda folder: (folder / "model.json").write_text("[]"), "model.json"),
    ],
)
def test_files_that_are_not_whole_are_refused(tmp_path: Path, change: Callable[[Path], object], named: str) -> None:
    """Missing, cut, too long, no JSON, nested without end."""
    folder = tiny_tfjs.write(tmp_path / "model", *tiny_tfjs.linear(WEIGHTS, np.ones(3)))
    change(folder)
    with pytest.raises(Refused) as caught:
        anatomy_of(folder)
    assert named in caught.value.message


def test_no_more_is_read_than_anybody_needs(tmp_path: Path) -> None:
    """A model.json of many bytes, many shards, the same one again."""
    folder = tiny_tfjs.write(tmp_path / "model", *tiny_tfjs.linear(WEIGHTS, np.ones(3)))
    with (folder / "model.json").open("ab") as file:
        file.truncate(tfjs_reader.MAX_TEXT_BYTES + 1)
    with pytest.raises(Refused, match="is the most"):
        anatomy_of(folder)
    many = [f"{number}.bin" for number in range(tfjs_shards.MAX_SHARDS + 1)]
    assert "is the most" in refused(tmp_path, lambda model: model["weightsManifest"][0].update(paths=many))
    twice = [tiny_tfjs.SHARD, f"./{tiny_tfjs.SHARD}"]
    assert "a shard twice" in refused(tmp_path, lambda model: model["weightsManifest"][0].update(paths=twice))


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({"class_name": "Functional", "config": {"layers": [], "input_layers": [["a", 0, 0]]}}, "no layer 'a' that its input_layers speak of"),
        ({"class_name": "Sequential", "config": {"layers": []}}, "a Sequential model without layers"),
        ({"class_name": "Lambda", "config": {}}, "of class 'Lambda', which is no model"),
        ({"class_name": "Sequential", "config": {"layers": [tiny_tfjs.layer("InputLayer", "i", batch_shape=[None, 4])]}}, "as Keras 3 does"),
        ({"class_name": "Sequential", "config": {"layers": [tiny_tfjs.layer("Dense", "d")]}}, "layer 'd' has no batch_input_shape"),
        ({"class_name": "Sequential", "config": {"layers": [tiny_tfjs.layer("Dense", "d", batch_input_shape=[None, 0])]}}, "of layer 'd' is (-1, 0)"),
    ],
)
def test_layers_that_cannot_begin_are_refused(tmp_path: Path, config: dict[str, Any], named: str) -> None:
    """What tfjs would not load, in words that say why."""
    assert named in refused(tmp_path, unchanged, tiny_tfjs.layers(config, {}))


def test_models_in_models_without_end_are_refused(tmp_path: Path) -> None:
    """Deeper than anybody nests, and far from what the stack holds."""
    config: dict[str, Any] = {"class_name": "Sequential", "config": [tiny_tfjs.layer("Dense", "d", batch_input_shape=[None, 4])]}
    for _ in range(100):
        config = {"class_name": "Sequential", "config": [config]}
    assert "nests layers" in refused(tmp_path, unchanged, tiny_tfjs.layers(config, {}))


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.integers(0, 2000), byte=st.integers(0, 255), cut=st.booleans(), layers=st.booleans())
def test_a_damaged_model_is_refused_or_read(tmp_path: Path, place: int, byte: int, cut: bool, layers: bool) -> None:
    """Cut short or with another byte somewhere: never an error of another kind."""
    model, content = (tiny_tfjs.dense if layers else tiny_tfjs.linear)(WEIGHTS, np.ones(3))
    folder = tiny_tfjs.write(tmp_path / "model", model, content)
    text = bytearray(json.dumps(model).encode())
    place %= len(text)
    text[place] = byte
    (folder / "model.json").write_bytes(bytes(text[:place] if cut else text))
    with contextlib.suppress(Refused):
        assert anatomy_of(folder).size_bytes
