"""The TensorFlow.js adapter, on small models converted in its own environment, run in Node.js and held against the source's own numbers."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
import tfjs_models

from conftest import Keep, Kept
from pocketbench import environments, tfjs_node
from pocketbench.errors import Refused, ToolchainMissing
from pocketbench.formats import FORMATS
from pocketbench.formats.tfjs_folder import SHARD_BYTES
from pocketbench.model import Anatomy, Rows, Source
from pocketbench.techniques import control, parse
from pocketbench.worker import Workers

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")

Array = np.ndarray[Any, Any]
EMPTY = Rows("", "", 1, 0, 0, labelled=False)
KERNELS = 144 + 2304 + 4608 + 320
DTYPES = {"float32": "float32", "float16": "float16", "weights_uint8": "uint8", "weights_uint16": "uint16"}
ERROR = {"float32": 1e-5, "float16": 2e-3, "weights_uint8": 5e-2, "weights_uint16": 2e-4}
DEADLINE_S = 600.0
Made = tuple[Path, Anatomy]
Make = Callable[..., Made]


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workers]:
    """Workers on the environment of the converter, where it can be made."""
    try:
        environments.python_of("tfjs")
    except ToolchainMissing as error:
        pytest.skip(error.message)
    with Workers(tmp_path_factory.mktemp("logs")) as started:
        yield started


@pytest.fixture(scope="module")
def make(workers: Workers, tmp_path_factory: pytest.TempPathFactory) -> Make:
    """A function that converts a source, each way once unless ``again``."""
    kept: dict[tuple[str, ...], Made] = {}

    def convert(source: Source, technique: str = "float32", form: str = "", *, into: str = "tfjs", again: bool = False) -> Made:
        key = (source.path, technique, form, into)
        if key not in kept or again:
            folder = tmp_path_factory.mktemp("made")
            arguments = {"source": msgspec.to_builtins(source), "rows": msgspec.to_builtins(EMPTY), "technique": technique, "form": form, "folder": str(folder)}
            toolchain = FORMATS.get(into).toolchain(source.framework)
            said: Any = workers.call(toolchain, "pocketbench.formats:make", {"format": into, **arguments}, deadline_s=DEADLINE_S)
            kept[key] = folder / said["path"], msgspec.convert(said["anatomy"], Anatomy)
        return kept[key]

    return convert


def answers(made: Made, inputs: list[Array], *, stateful: bool = False) -> list[Array]:
    """What a converted model gives for some rows, in Node.js."""
    path, inside = made
    source = Source("", "tfjs", str(path), inside.inputs, inside.outputs, inside.parameters, inside.operations, stateful)
    return tfjs_node.computed(source, inside.about["model"], inputs)


def off(made: Made, kept: Kept) -> float:
    """How far a converted model's answers are from its source's, of the largest number."""
    pairs = list(zip(answers(made, kept.inputs), kept.answers, strict=True))
    return max(float(np.abs(one.reshape(other.shape) - other).max()) for one, other in pairs) / max(float(np.abs(other).max()) for _, other in pairs)


@pytest.fixture(scope="module")
def kept(keep: Keep) -> Callable[[str], Kept]:
    """A function that keeps one of the Keras models beside this file, once."""
    known: dict[str, Kept] = {}

    def keep_once(name: str) -> Kept:
        if name not in known:
            model = getattr(tfjs_models, name)()
            known[name] = keep(model, (1.0,) * len(model.inputs))
        return known[name]

    return keep_once


def test_every_technique_that_retrains_has_its_control_in_the_list() -> None:
    """What trained as long and is otherwise the same stands beside it."""
    for framework in ("keras", "torch"):
        listed = FORMATS.get("tfjs").techniques(framework)
        assert listed[:4] == tuple(DTYPES)
        assert {control(parse(technique)) for technique in listed} - {""} <= set(listed)


def test_a_saved_model_has_no_layers_and_a_graph_remembers_nothing() -> None:
    """Both are known before anything is converted; layers that remember are tfjs' own."""
    tfjs: Any = FORMATS.get("tfjs")
    graph = Source("", "keras", "saved_model", (), (), 0)
    remembering = Source("", "keras", "model.keras", (), (), 0, stateful=True)

    assert tfjs.unfit(graph, "float32", "layers").reason == "technique-not-for-model"
    assert tfjs.unfit(msgspec.structs.replace(graph, framework="torch"), "float32", "layers").reason == "technique-not-for-model"
    assert tfjs.unfit(remembering, "float32", "").reason == "technique-not-for-model"
    assert tfjs.unfit(graph, "float32", "") is None
    assert tfjs.unfit(remembering, "float32", "layers") is None


@pytest.mark.slow
@pytest.mark.parametrize("form", ["", "layers"])
@pytest.mark.parametrize("technique", DTYPES)
def test_a_model_computes_what_keras_does_with_its_weights_kept_as_the_technique_says(make: Make, cnn: Kept, technique: str, form: str) -> None:
    """Every weight element has the dtype of the label, in a graph and in layers."""
    made = make(cnn.source, technique, form)

    assert made[1].parameters_by_dtype == {DTYPES[technique]: KERNELS}
    assert made[1].about["model"] == (form or "graph")
    assert [each.name for each in (*made[1].inputs, *made[1].outputs)] == [each.name for each in (*cnn.source.inputs, *cnn.source.outputs)]
    assert off(made, cnn) < ERROR[technique]


@pytest.mark.slow
def test_recurrent_layers_are_written_out_step_by_step_with_each_weight_once(make: Make, kept: Callable[[str], Kept]) -> None:
    """Loops that fill lists do not run on every back end of tfjs, and it has no Erfc."""
    made = make(kept("recurrent").source)

    assert made[1].parameters == 2 * (5 + 4) * 16 + (8 + 4) * 12 + 4 * 3
    assert not {"While", "Erfc"} & set(made[1].operations)
    assert off(made, kept("recurrent")) < ERROR["float32"]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["", "layers"])
def test_inputs_and_outputs_come_in_the_order_of_the_source_under_its_names(make: Make, kept: Callable[[str], Kept], form: str) -> None:
    """Also where there are more than ten of one shape."""
    source, made = kept("many").source, make(kept("many").source, "float32", form)

    assert [each.name for each in made[1].inputs] == ["b", "a"]
    assert [each.name for each in made[1].outputs] == [each.name for each in source.outputs]
    assert off(made, kept("many")) < ERROR["float32"]


@pytest.mark.slow
def test_weights_lie_in_shards_that_browsers_cache(make: Make, kept: Callable[[str], Kept]) -> None:
    """4 MiB each, but the last. Biases that are all zero are not in them: adding them does nothing."""
    sizes = {file.name: file.stat().st_size for file in make(kept("wide").source)[0].glob("*.bin")}

    assert sorted(sizes) == ["group1-shard1of2.bin", "group1-shard2of2.bin"]
    assert sizes["group1-shard1of2.bin"] == SHARD_BYTES
    assert sum(sizes.values()) == 4 * (1000 * 1100 + 1100 * 3)


@pytest.mark.slow
@pytest.mark.parametrize("form", ["", "layers"])
def test_the_same_model_is_the_same_bytes_whatever_was_converted_before(make: Make, cnn: Kept, line: Kept, form: str) -> None:
    """Names of layers, and the order of what has none, do not depend on it."""
    first, _ = make(cnn.source, "float32", form)
    make(line.source, "float32", form, again=True)
    second, _ = make(cnn.source, "float32", form, again=True)

    assert {file.name: file.read_bytes() for file in first.iterdir()} == {file.name: file.read_bytes() for file in second.iterdir()}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "form", "reason", "words"),
    [
        ("attention", "layers", "unsupported-operation", "no layer .*MultiHeadAttention"),
        ("gated", "layers", "known-limit", "reset_after"),
        ("grouped", "layers", "known-limit", "groups"),
        ("inverse", "", "unsupported-operation", "no operation Erfinv"),
    ],
)
def test_what_tfjs_would_not_load_is_refused_by_name(make: Make, kept: Callable[[str], Kept], name: str, form: str, reason: str, words: str) -> None:
    """Instead of being written."""
    with pytest.raises(Refused, match=words) as caught:
        make(kept(name).source, "float32", form)
    assert caught.value.reason == reason


@pytest.mark.slow
def test_a_grouped_convolution_is_one_for_each_group(make: Make, kept: Callable[[str], Kept]) -> None:
    """Convolutions of tfjs have no groups."""
    made = make(kept("grouped").source)

    assert (made[1].operations["Conv2D"], made[1].parameters) == (2, 9 * 2 * 4)
    assert off(made, kept("grouped")) < ERROR["float32"]


@pytest.mark.slow
def test_of_separable_convolutions_and_layers_that_go_both_ways_layers_say_what_tfjs_takes(make: Make, kept: Callable[[str], Kept]) -> None:
    """Keras writes more of the former, and other names of the latter."""
    assert off(make(kept("separable").source, "float32", "layers"), kept("separable")) < ERROR["float32"]


@pytest.mark.slow
def test_a_torch_model_comes_as_onnx_and_keeps_its_layout(workers: Workers, make: Make, tmp_path: Path) -> None:
    """Channels stay first where it takes and gives them; what nothing reads goes in too; a residual addition is no bias."""
    asked = {"source": "python:tfjs_models:maps", "base": str(Path(__file__).parent), "folder": str(tmp_path), "framework": "torch"}
    opened = msgspec.convert(workers.call("torch", "pocketbench.sources:open_source", asked, deadline_s=DEADLINE_S), Source)
    file, _ = make(opened, into="onnx")
    path, inside = make(msgspec.structs.replace(opened, path=str(file)))
    random = np.random.default_rng(0)
    rows = [random.standard_normal((3, *each.shape[1:])).astype("float32") for each in opened.inputs]

    assert [each.shape for each in inside.inputs] == [(1, 3, 8, 8), (1, 2)]
    assert [each.shape for each in inside.outputs] == [(1, 8, 8, 8), (1, 8, 64), (1, 8)]
    assert inside.parameters == 3 * 8 * 9 + 8 * 8 * 9
    for found, wanted in zip(answers((path, inside), rows), _of_onnx(file, rows), strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-5)


def _of_onnx(file: Path, rows: list[Array]) -> list[Array]:
    """What ONNX Runtime gives for the rows, one by one."""
    import onnxruntime

    session = onnxruntime.InferenceSession(file)
    names = [each.name for each in session.get_inputs()]
    singly = [session.run(None, {name: array[row : row + 1] for name, array in zip(names, rows, strict=True)}) for row in range(len(rows[0]))]
    return [np.concatenate(column) for column in zip(*singly, strict=True)]


@pytest.mark.slow
def test_model_json_says_who_made_it_and_nothing_of_where(make: Make, cnn: Kept) -> None:
    """No path of this computer is in it."""
    text = (make(cnn.source)[0] / "model.json").read_text(encoding="utf-8")

    assert json.loads(text)["convertedBy"] == "TensorFlow.js Converter v4.22.0"
    assert str(Path(__file__).parents[2]) not in text
    assert "/tmp" not in text  # noqa: S108 - none is written
