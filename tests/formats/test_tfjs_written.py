"""What is changed in a graph model of TensorFlow.js after its converter, without any framework."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from pocketbench.errors import Refused
from pocketbench.formats.tfjs_folder import FILE, settle_graph
from pocketbench.formats.tfjs_mended import check_loops
from pocketbench.formats.tfjs_refusal import gave_up, refusal
from pocketbench.formats.tfjs_unfused import unfuse

FLOATS = {"type": "DT_FLOAT"}


def fused(op: str, third: str, *operations: str) -> dict[str, Any]:
    """A fused operation as the converter writes it."""
    names = [base64.b64encode(each.encode()).decode() for each in operations]
    return {"name": "whole", "op": op, "input": ["x", "kernel", third], "attr": {"T": FLOATS, "fused_ops": {"list": {"s": names}}, "transpose_a": {"b": False}}}


def graph(*nodes: dict[str, Any], **shapes: list[int]) -> dict[str, Any]:
    """A model of such nodes, with constants of such shapes."""
    return {"modelTopology": {"node": list(nodes)}, "weightsManifest": [{"weights": [{"name": name, "shape": shape} for name, shape in shapes.items()]}]}


def test_a_fused_addition_of_what_is_no_vector_is_taken_apart() -> None:
    """The last part has the name of the whole, so that what reads it finds it."""
    said = graph(fused("_FusedMatMul", "bias", "BiasAdd", "Relu"), bias=[1, 1, 4])

    unfuse(said)

    found = [(node["name"], node["op"], node["input"]) for node in said["modelTopology"]["node"]]
    assert found == [
        ("whole/product", "MatMul", ["x", "kernel"]),
        ("whole/AddV2", "AddV2", ["whole/product", "bias"]),
        ("whole", "Relu", ["whole/AddV2"]),
    ]
    assert set(said["modelTopology"]["node"][0]["attr"]) == {"T", "transpose_a"}


@pytest.mark.parametrize(
    ("node", "shapes"),
    [
        (fused("_FusedConv2D", "bias", "BiasAdd"), {"bias": [4]}),
        (fused("_FusedConv2D", "elsewhere", "BiasAdd", "LeakyRelu"), {}),
        ({"name": "plain", "op": "MatMul", "input": ["x", "kernel"]}, {}),
    ],
    ids=["a vector", "an activation with numbers of its own", "nothing fused"],
)
def test_other_operations_stay_as_they_are(node: dict[str, Any], shapes: dict[str, list[int]]) -> None:
    """What tfjs runs is left alone, and what could not be written otherwise."""
    said = graph(node, **shapes)

    unfuse(said)

    assert said["modelTopology"]["node"] == [node]


def test_a_sum_with_another_part_of_the_model_is_no_bias() -> None:
    """As in a residual connection: it is no constant at all."""
    said = graph(fused("_FusedConv2D", "elsewhere", "BiasAdd"))

    unfuse(said)

    assert [node["op"] for node in said["modelTopology"]["node"]] == ["Conv2D", "AddV2"]


@pytest.mark.parametrize(
    ("shape", "operations"),
    [([4], ["Prelu"]), ([1, 1, 4], ["Prelu"]), ([4, 1, 1], ["Relu", "Sub", "Mul", "AddV2"]), ([1, 6, 4], ["Relu", "Sub", "Mul", "AddV2"])],
)
def test_a_slope_that_is_not_of_the_last_axis_is_multiplied_with(shape: list[int], operations: list[str]) -> None:
    """The kernel for WebAssembly would take it for one."""
    said = graph({"name": "whole", "op": "Prelu", "input": ["x", "slope"]}, slope=shape)

    unfuse(said)

    assert [node["op"] for node in said["modelTopology"]["node"]] == operations
    assert said["modelTopology"]["node"][-1]["name"] == "whole"


def test_inputs_and_outputs_are_called_as_the_source_calls_them_in_its_order(tmp_path: Path) -> None:
    """Whatever the converter calls them; one that nothing reads is a placeholder again."""
    info = {"dtype": "DT_FLOAT", "tensorShape": {"dim": [{"size": "1"}]}}
    signature = {
        "inputs": {"a": {"name": "a:0", **info}, "b:0": {"name": "b:0", **info}},
        "outputs": {"x": {"name": "Identity_1:0", **info}, "y": {"name": "Identity:0", **info}},
    }
    said = {"signature": signature, "modelTopology": {"node": [{"name": "a", "op": "Placeholder"}]}, "weightsManifest": []}

    settle_graph(tmp_path, said, {"second": "b:0", "first": "a:0"}, {"one": "Identity:0", "two": "Identity_1:0"})

    written = json.loads((tmp_path / FILE).read_text(encoding="utf-8"))
    assert [(name, each["name"]) for name, each in written["signature"]["inputs"].items()] == [("second", "b:0"), ("first", "a:0")]
    assert [(name, each["name"]) for name, each in written["signature"]["outputs"].items()] == [("one", "Identity:0"), ("two", "Identity_1:0")]
    assert [node["name"] for node in written["modelTopology"]["node"]] == ["a", "b"]


def test_an_input_that_the_converter_lost_is_named(tmp_path: Path) -> None:
    """Instead of rows going into another one."""
    said = {"signature": {"inputs": {"a": {"name": "a:0"}}, "outputs": {}}, "modelTopology": {"node": [{"name": "a"}]}}

    with pytest.raises(Refused, match="kept 1 of 2 inputs; it lost second"):
        settle_graph(tmp_path, said, {"first": "a:0", "second": "b:0"}, {})


def test_a_loop_that_fills_a_list_is_refused_with_its_source() -> None:
    """One without lists may stay."""
    loop = {"op": "While"}
    check_loops({"node": [loop], "library": {"function": [{"nodeDef": [{"op": "AddV2"}]}]}})

    with pytest.raises(Refused, match=r"github\.com/tensorflow/tfjs/issues/7422") as caught:
        check_loops({"node": [loop], "library": {"function": [{"nodeDef": [{"op": "TensorListSetItem"}]}]}})
    assert caught.value.reason == "known-limit"


@pytest.mark.parametrize(
    ("refused", "reason", "words"),
    [
        (refusal(ValueError("Unsupported Ops in the model before optimization\nQr, Cholesky")), "unsupported-operation", "has no operation Cholesky, Qr"),
        (refusal(AssertionError("Identity is not in graph")), "converter-error", "AssertionError: Identity is not in graph"),
        (gave_up(ModuleNotFoundError("No module named 'onnx2tf.ops.Foo'"), ""), "unsupported-operation", "the ONNX operation Foo"),
        (gave_up(SystemExit(1), "\x1b[31mERROR:\x1b[0m The shape is odd.\nmore"), "converter-error", "onnx2tf: The shape is odd."),
        (gave_up(SystemExit(1), ""), "converter-error", "onnx2tf: SystemExit: 1"),
    ],
)
def test_what_a_converter_says_is_told_with_a_reason(refused: Refused, reason: str, words: str) -> None:
    """Operations by name, else the first line."""
    assert refused.reason == reason
    assert words in refused.message
