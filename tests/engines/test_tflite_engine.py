"""The host's half of the app's TensorFlow Lite."""

import re
from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from pocketbench.engines import ENGINES, NAMES, OF_ACCELERATORS
from pocketbench.model import Anatomy, Refusal

ENGINE = ENGINES.get("tflite")
EMPTY = Anatomy(0, 0, 0, 0, {}, 0.0, 0, {}, (), ())
JAVA = Path("android_app/app/java/org/pocketbench/app/engines")


def refusal(accelerator: str, facts: Mapping[str, str | int | float], *operations: str) -> Refusal | None:
    """What it says to a file with these operations."""
    return ENGINE.refuses(msgspec.structs.replace(EMPTY, operations=dict.fromkeys(operations, 1)), accelerator, facts)


def test_the_apps_engine_has_the_same_accelerators_and_options(project: Path) -> None:
    """One word for one thing on both sides; the default is what the app takes where an order says nothing."""
    text = (project / JAVA / "TfliteEngine.java").read_text(encoding="utf-8")
    listed = re.findall(r'"([a-z0-9_]+)", List\.of\(([^)]*)\)', text)

    assert f"List.of({', '.join(f'{name!r}' for name in ENGINE.accelerators)})".replace("'", '"') in text
    assert {name: tuple(re.findall(r'"(\w+)"', values)) for name, values in listed} == ENGINE.options
    for name, values in ENGINE.options.items():
        assert f'option("{name}", "{values[0]}")' in (project / JAVA / "TfliteDelegates.java").read_text(encoding="utf-8")


def test_its_gpus_back_end_is_an_option_of_the_gpu() -> None:
    """Crossing it does not multiply the processor's jobs; nor do NNAPI's."""
    assert {*OF_ACCELERATORS["gpu_backend"]} <= {*ENGINE.accelerators}
    assert {OF_ACCELERATORS[name] for name in ENGINE.options if name.startswith("nnapi")} == {("nnapi",)}


def test_what_a_name_of_an_accelerator_is_made_of_is_said_alike_on_both_sides(project: Path) -> None:
    """The app looks again: an order may come from anybody."""
    text = (project / JAVA / "Choices.java").read_text(encoding="utf-8")

    assert dict(re.findall(r'"([a-z_]+)", Pattern\.compile\("([^"]+)"\)', text)) == {name: pattern.pattern for name, pattern in NAMES.items()}


def test_an_operation_newer_than_2_16_1_is_refused_before_it_is_pushed() -> None:
    """By name and version, with the form that helps; LiteRT runs the same file."""
    refused = refusal("cpu", {}, "CONV_2D v5", "FULLY_CONNECTED v12")

    assert refused is not None
    assert (refused.stage, refused.reason) == ("admit", "operation-version")
    assert "TensorFlow Lite 2.16.1 has FULLY_CONNECTED up to version 11" in refused.message
    assert "old_ops" in refused.hint
    assert refusal("cpu", {}, "CONV_2D v5", "FULLY_CONNECTED v9") is None


@pytest.mark.parametrize(
    ("accelerator", "facts", "reason"),
    [
        ("nnapi", {"nnapi": "no", "api": 34}, "accelerator-absent"),
        ("nnapi", {"nnapi": "yes", "api": 26}, "device-too-old"),
        ("nnapi", {"nnapi": "yes", "api": 27}, ""),
        ("nnapi", {}, ""),
        ("gpu", {"opencl": "", "gles": ""}, "accelerator-absent"),
        ("gpu", {"opencl": "", "gles": "llvmpipe"}, ""),
        ("gpu", {}, ""),
        ("cpu", {"nnapi": "no", "opencl": "", "gles": "", "api": 26}, ""),
    ],
)
def test_an_accelerator_that_the_phones_facts_do_not_have_is_refused(accelerator: str, facts: dict[str, str | int | float], reason: str) -> None:
    """The runtime itself would leave NNAPI's work to the CPU; what the facts do not tell is tried."""
    refused = refusal(accelerator, facts)

    assert ("" if refused is None else refused.reason) == reason
