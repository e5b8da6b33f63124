"""The host's half of TensorFlow.js."""

from pathlib import Path

import msgspec
import pytest

from pocketbench import tfjs_operations
from pocketbench.engines import ENGINES
from pocketbench.model import Anatomy, Refusal

ENGINE = ENGINES.get("tfjs")
EMPTY = Anatomy(0, 0, 0, 0, {}, 0.0, 0, {}, (), ())


def refusal(*operations: str, accelerator: str = "wasm", model: str = "graph", facts: dict[str, str] | None = None) -> Refusal | None:
    """What it says to a model with these operations."""
    inside = msgspec.structs.replace(EMPTY, operations=dict.fromkeys(operations, 1), about={"model": model})
    return ENGINE.refuses(inside, accelerator, facts or {})


def test_the_page_knows_the_same_options_and_back_ends(project: Path) -> None:
    """What the host offers is what the page takes; the default is first."""
    text = (project / "device_scripts" / "web" / "tfjs" / "options.js").read_text(encoding="utf-8")
    for name, values in ENGINE.options.items():
        assert f"{name}: {list(values)}".replace("'", '"') in text
    back_ends = (project / "device_scripts" / "web" / "tfjs" / "backend.js").read_text(encoding="utf-8")
    assert all(name in back_ends for name in ENGINE.accelerators)
    assert (ENGINE.reads, ENGINE.runners, ENGINE.accelerators) == (("tfjs",), ("web", "node", "app"), tfjs_operations.BACK_ENDS)


def test_the_table_is_of_the_release_that_the_page_is_made_with(project: Path) -> None:
    """Another pin wants the table written again: docs/operators/tfjs.mjs."""
    pinned = msgspec.json.decode((project / "device_scripts" / "web" / "package.json").read_bytes())["dependencies"]
    assert {version for name, version in pinned.items() if name.startswith("@tensorflow/")} == {tfjs_operations.RELEASE}
    assert f"packages of {tfjs_operations.RELEASE} by" in Path(tfjs_operations.__file__).with_suffix(".csv").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("operations", "model"),
    [(("_FusedConv2D", "FusedDepthwiseConv2dNative", "StatelessWhile", "TensorListStack"), "graph"), (("Conv2D", "LSTM", "Bidirectional"), "layers")],
)
def test_operations_and_layers_that_it_has_are_let_through(operations: tuple[str, ...], model: str) -> None:
    """On every back end."""
    assert [refusal(*operations, accelerator=name, model=model) for name in ENGINE.accelerators] == [None] * 4


@pytest.mark.parametrize(
    ("operations", "accelerator", "model", "message", "hint"),
    [
        (("AddV2", "RaggedRange"), "cpu", "graph", "has no operation RaggedRange", ""),
        (("Dense", "MultiplyBeta"), "webgl", "layers", "has no layer MultiplyBeta", "classes of one's own"),
        (("Einsum",), "wasm", "graph", "has no kernel for Einsum on wasm", "cpu, webgl, webgpu"),
        (("StaticRegexReplace", "Unique"), "webgpu", "graph", "StaticRegexReplace, Unique on webgpu", "cpu, webgl"),
        (("Einsum", "StaticRegexReplace", "Unique"), "wasm", "graph", "Einsum, StaticRegexReplace on wasm", "cpu, webgl"),
    ],
)
def test_what_it_has_not_is_refused_by_name(operations: tuple[str, ...], accelerator: str, model: str, message: str, hint: str) -> None:
    """Not at all, or not on that back end; then those are named that have it."""
    refused = refusal(*operations, accelerator=accelerator, model=model)
    assert refused is not None
    assert (refused.stage, refused.reason) == ("admit", "unsupported-operation")
    assert message in refused.message
    assert hint in refused.hint


@pytest.mark.parametrize(("facts", "reason"), [({"webgpu": ""}, "accelerator-absent"), ({"webgpu": "SwiftShader"}, ""), ({}, ""), ({"webgl": ""}, "")])
def test_without_a_gpu_in_the_browser_there_is_none(facts: dict[str, str], reason: str) -> None:
    """A device that says nothing of it is tried; WebAssembly needs none."""
    refused = refusal("AddV2", accelerator="webgpu", facts=facts)
    assert (refused.reason if refused else "") == reason
    assert refusal("AddV2", accelerator="wasm", facts={**facts, "wasm": ""}) is None
