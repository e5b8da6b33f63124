"""The host's halves of engines that are not the same in the app as in Python."""

import re
from pathlib import Path

import msgspec
import pytest

from pocketbench import engines
from pocketbench.engines import ENGINES, InApp, in_app
from pocketbench.model import Anatomy, Refusal, Tensor

EMPTY = Anatomy(0, 0, 0, 0, {}, 0.0, 0, {}, (), ())
FLOATS = (Tensor("x", (1, 4), "float32"),)
JAVA = Path("android_app/app/java/org/pocketbench/app/engines")
CLASSES = {"pytorch-lite": "PytorchLiteEngine", "onnxruntime": "OnnxruntimeEngine"}
FACTS: dict[str, str | int | float] = {"vulkan": "1.3.0 adreno", "nnapi": "yes", "api": 34}


def refusal(engine: str, accelerator: str, facts: dict[str, str | int | float] | None = None, runner: str = "app", **anatomy: object) -> Refusal | None:
    """What an engine says to a file there."""
    file = msgspec.structs.replace(EMPTY, **anatomy)
    return engines.refusal(ENGINES.get(engine), runner, file, accelerator, FACTS if facts is None else facts)


def test_what_differs_in_the_app_is_listed_here() -> None:
    """Others are one engine in all their runners; what tfjs is there a page says, and no class of Java's."""
    assert {engine.name for engine in ENGINES if isinstance(engine, InApp)} == {*CLASSES, "tfjs"}


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_the_apps_engine_has_the_same_accelerators_and_options_there(project: Path, name: str) -> None:
    """One word for one thing on both sides."""
    text = (project / JAVA / f"{CLASSES[name]}.java").read_text(encoding="utf-8")
    engine = ENGINES.get(name)

    assert f"List.of({', '.join(f'{one!r}' for one in engines.accelerators(engine, 'app'))})".replace("'", '"') in text
    listed = re.findall(r'"([a-z0-9_]+)", List\.of\(([^)]*)\)', text)
    assert {option: tuple(re.findall(r'"(\w+)"', values)) for option, values in listed} == engines.options(engine, "app")


def test_an_engine_reaches_less_by_python_than_by_the_app() -> None:
    """The wheels have neither Vulkan nor NNAPI, and other switches."""
    lite, onnx = ENGINES.get("pytorch-lite"), ENGINES.get("onnxruntime")

    assert (engines.accelerators(lite, "python"), engines.accelerators(lite, "app")) == (("cpu",), ("cpu", "vulkan", "nnapi"))
    assert (engines.accelerators(onnx, "python"), engines.accelerators(onnx, "app")) == (("cpu",), ("cpu", "nnapi", "webgpu"))
    assert sorted(engines.choices(onnx, "python")) == ["asked_by", "exact_int8", "serve"]
    assert sorted(engines.choices(onnx, "app")) == ["nnapi_cpu", "nnapi_fp16", "xnnpack"]


@pytest.mark.parametrize("accelerator", ["cpu", "vulkan", "nnapi"])
def test_integer_kernels_for_x86_are_refused_on_phones(accelerator: str) -> None:
    """1.12.2 loads them and computes something else; this computer's torch runs them."""
    refused = refusal("pytorch-lite", accelerator, about={"bytecode": "8", "quantized_engine": "x86"})

    assert refused is not None
    assert (refused.stage, refused.reason) == ("admit", "engine-cannot-read")
    assert "for x86" in refused.message
    assert refusal("pytorch-lite", "cpu", runner="python", about={"bytecode": "8", "quantized_engine": "x86"}) is None


@pytest.mark.parametrize(("bytecode", "reason"), [("3", "operation-version"), ("4", ""), ("9", ""), ("10", "operation-version")])
def test_bytecode_that_1_12_2_does_not_load_is_refused(bytecode: str, reason: str) -> None:
    """Both older and newer."""
    refused = refusal("pytorch-lite", "cpu", about={"bytecode": bytecode})

    assert ("" if refused is None else refused.reason) == reason


@pytest.mark.parametrize(
    ("dtype", "operation", "reason"), [("float16", "aten::linear", "operation-version"), ("float16", "aten::relu", ""), ("bfloat16", "aten::linear", "")]
)
def test_layers_of_half_floats_are_refused_on_phones(dtype: str, operation: str, reason: str) -> None:
    """1.12.2 loads them and ends in the first one."""
    refused = refusal("pytorch-lite", "cpu", operations={operation: 1}, parameters_by_dtype={dtype: 10})

    assert ("" if refused is None else refused.reason) == reason


@pytest.mark.parametrize(
    ("about", "operations", "accelerator", "reason"),
    [
        ({"made_for": "vulkan"}, ("aten::conv2d",), "vulkan", ""),
        ({}, ("aten::conv2d", "aten::relu"), "vulkan", ""),
        ({}, ("aten::conv2d", "aten::batch_norm"), "vulkan", "accelerator-absent"),
        ({}, ("aten::conv2d", "aten::to"), "vulkan", "accelerator-absent"),
        ({}, ("prepacked::conv2d_clamp_run",), "vulkan", "accelerator-absent"),
        ({"quantized_engine": "qnnpack"}, ("quantized::conv2d",), "vulkan", "accelerator-absent"),
        ({"made_for": "nnapi"}, (), "vulkan", "accelerator-absent"),
        ({"made_for": "nnapi"}, (), "cpu", "accelerator-absent"),
        ({"made_for": "nnapi"}, (), "nnapi", "operation-version"),
        ({}, ("aten::conv2d",), "nnapi", "accelerator-absent"),
        ({"made_for": "vulkan"}, ("aten::conv2d",), "cpu", ""),
    ],
)
def test_files_made_for_one_accelerator_are_refused_on_others(about: dict[str, str], operations: tuple[str, ...], accelerator: str, reason: str) -> None:
    """The lite interpreter would run them on the CPU without a word, or end in the middle."""
    refused = refusal("pytorch-lite", accelerator, about=about, operations=dict.fromkeys(operations, 1), inputs=FLOATS)

    assert ("" if refused is None else refused.reason) == reason


@pytest.mark.parametrize(
    ("engine", "accelerator", "facts", "reason"),
    [
        ("pytorch-lite", "vulkan", {"vulkan": ""}, "accelerator-absent"),
        ("onnxruntime", "webgpu", {"vulkan": ""}, "accelerator-absent"),
        ("onnxruntime", "webgpu", {"vulkan": "1.1.0"}, ""),
        ("onnxruntime", "nnapi", {"nnapi": "no"}, "accelerator-absent"),
        ("onnxruntime", "nnapi", {"nnapi": "yes", "api": 26}, "device-too-old"),
        ("onnxruntime", "cpu", {"nnapi": "no", "vulkan": ""}, ""),
    ],
)
def test_an_accelerator_that_a_phones_facts_do_not_have_is_refused_there(
    engine: str, accelerator: str, facts: dict[str, str | int | float], reason: str
) -> None:
    """What the facts do not tell is tried."""
    refused = refusal(engine, accelerator, facts)

    assert ("" if refused is None else refused.reason) == reason


@pytest.mark.parametrize("about", [{}, {"made_for": "nnapi"}, {"made_for": "vulkan"}])
def test_a_phone_without_nnapi_is_told_before_what_the_file_was_made_for(about: dict[str, str]) -> None:
    """Another form of the file would not help there."""
    refused = refusal("pytorch-lite", "nnapi", {"nnapi": "no", "api": 34}, about=about, inputs=FLOATS)

    assert refused is not None
    assert (refused.reason, refused.hint) == ("accelerator-absent", "")
    assert "the phone has none" in refused.message


def test_operations_that_onnx_runtime_does_not_know_are_refused_in_the_app_too() -> None:
    """By name, before the file is pushed."""
    refused = refusal("onnxruntime", "webgpu", operations={"my.own.Frob v1": 1})

    assert refused is not None
    assert refused.reason == "operation-version"


def test_the_apps_pytorch_is_the_version_that_its_parts_pin(project: Path) -> None:
    """Its library says its version nowhere."""
    version = re.search(r'VERSION = "([0-9.]+)"', (project / JAVA / "PytorchLiteEngine.java").read_text(encoding="utf-8"))
    parts = (project / "android_app" / "parts.toml").read_text(encoding="utf-8")

    assert version is not None
    assert f"org.pytorch:pytorch_android_lite:{version[1]}" in parts


@pytest.mark.parametrize(
    ("told", "reason"),
    [("", "toolchain-missing"), ("com.android.webview 93.0.4577.82", "device-too-old"), ("com.google.android.webview 131.0.6778.39", None), (None, None)],
)
def test_a_phone_without_a_webview_that_is_new_enough_is_refused(told: str | None, reason: str | None) -> None:
    """What the phone does not tell is tried; the Node.js on it needs none."""
    facts: dict[str, str | int | float] = {} if told is None else {"webview": told}
    refused = refusal("tfjs", "wasm", facts)

    assert (refused and refused.reason) == reason
    assert refusal("tfjs", "wasm", facts, runner="node") is None


@pytest.mark.parametrize(
    ("engine", "facts", "reason"),
    [
        ("tflite", {"page_bytes": 16384, "api": 35}, "known-limit"),
        ("pytorch-lite", {"page_bytes": 16384, "api": 35}, "known-limit"),
        ("onnxruntime", {"page_bytes": 16384, "api": 35}, None),
        ("tfjs", {"page_bytes": 16384, "api": 35}, None),
        ("tflite", {"page_bytes": 16384, "api": 36}, None),
        ("tflite", {"page_bytes": 4096, "api": 35}, None),
        ("tflite", {"api": 35}, None),
    ],
)
def test_libraries_for_smaller_pages_than_the_phones_are_refused_before_anything_is_pushed(
    engine: str, facts: dict[str, str | int | float], reason: str | None
) -> None:
    """Until Android 16, which says that it loads them; what the phone does not tell is tried."""
    refused = refusal(engine, "cpu", facts)

    assert (refused and refused.reason) == reason


def test_the_app_and_the_harness_say_alike_from_when_on_libraries_for_small_pages_are_loaded(project: Path) -> None:
    """Either may be asked first."""
    java = (project / "android_app/app/java/org/pocketbench/app/Pages.java").read_text(encoding="utf-8")

    assert f"LOADS_UNFIT = {in_app.PAGES_API};" in java


def test_the_app_and_the_harness_need_the_same_webview(project: Path) -> None:
    """Either may be asked first."""
    java = (project / "android_app/app/java/org/pocketbench/app/page/Provider.java").read_text(encoding="utf-8")

    assert f"OLDEST = {in_app.WEBVIEW_VERSION};" in java
