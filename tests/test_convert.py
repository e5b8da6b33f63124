"""Conversions, found again by hash."""

import dataclasses
from typing import Any

import msgspec
import pytest

from pocketbench import convert
from pocketbench.formats import FORMATS
from pocketbench.model import Rows, Source, Tensor, Variant
from pocketbench.techniques import parse

SOURCE = Source("source-key", "keras", "model.keras", (Tensor("x", (-1, 3), "float32"),), (Tensor("y", (-1, 1), "float32"),), 3)
ROWS = Rows("rows-key", "rows", 10, 5, 0, labelled=True)
VARIANT = Variant("m", "keras", "tflite", "int8", route="keras>tf>tflite")


def key(variant: Variant = VARIANT, source: Source = SOURCE, rows: Rows = ROWS, **adapter: Any) -> str:
    """The key of an artifact."""
    tflite: Any = FORMATS.get("tflite")
    packages = adapter.pop("packages", tflite.packages("keras"))

    class Same(type(tflite)):  # type: ignore[misc]
        """The adapter, of other packages."""

        __module__ = type(tflite).__module__

        def packages(self, framework: str) -> tuple[str, ...]:  # noqa: ARG002
            """Those that are wanted here."""
            return tuple(packages)

    return convert.artifact_key(variant, source, rows, dataclasses.replace(Same(), **adapter), parse(variant.technique))


@pytest.mark.parametrize(
    "changed",
    [
        key(msgspec.structs.replace(VARIANT, technique="uint8")),
        key(msgspec.structs.replace(VARIANT, form="per_tensor")),
        key(msgspec.structs.replace(VARIANT, route="keras>onnx>tflite")),
        key(source=msgspec.structs.replace(SOURCE, key="other-weights")),
        key(rows=msgspec.structs.replace(ROWS, key="other-rows")),
        key(packages=("tensorflow",)),
        key(code=("pocketbench.anatomy",)),
    ],
    ids=["technique", "form", "route", "source", "calibration rows", "versions", "code"],
)
def test_a_key_changes_with_everything_that_the_file_depends_on(changed: str) -> None:
    """Nothing stale is ever found."""
    assert changed != key()


def test_a_key_does_not_change_with_the_models_name_nor_with_rows_that_are_not_used() -> None:
    """The same weights under another name are the same file; float32 does not look at data."""
    plain = msgspec.structs.replace(VARIANT, technique="float32")

    assert key(msgspec.structs.replace(VARIANT, model="other")) == key()
    assert key(plain) == key(plain, rows=msgspec.structs.replace(ROWS, key="other-rows"))


@pytest.mark.parametrize(
    ("technique", "before"), [("weights_uint8", "float32"), ("prune80+cluster16+weights_uint8", "prune80+cluster16"), ("prune50", "prune50")]
)
def test_a_chained_format_is_made_of_the_float_artifact_of_another_of_the_same_training(technique: str, before: str) -> None:
    """It is the artifact that the other format's own rows are about, so it is made once; Keras models need none."""
    torch = Variant("m", "torch", "tfjs", technique, route="torch>onnx>tf>tfjs")

    assert convert.made_of(torch) == Variant("m", "torch", "onnx", before, route="torch>onnx")
    assert convert.made_of(msgspec.structs.replace(torch, framework="keras")) is None
