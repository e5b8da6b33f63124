"""Named adapters."""

from dataclasses import dataclass

import pytest

from pocketbench.errors import UnknownName
from pocketbench.registry import Registry, nearest


@dataclass(frozen=True)
class Thing:
    """Anything with a name."""

    name: str


@pytest.fixture
def things() -> Registry[Thing]:
    """A registry of two formats."""
    registry: Registry[Thing] = Registry("format")
    registry.add(Thing("tflite"))
    registry.add(Thing("onnx"))
    return registry


def test_an_unknown_name_lists_the_known_ones_and_the_nearest(things: Registry[Thing]) -> None:
    """A misspelt name is answered with what there is."""
    with pytest.raises(UnknownName, match="no format named 'tflit'; known: tflite, onnx") as raised:
        things.get("tflit")

    assert raised.value.hint == "did you mean 'tflite'?"


def test_adapters_are_listed_in_the_order_added(things: Registry[Thing]) -> None:
    """The order of registration is the order of reports."""
    assert things.names() == ("tflite", "onnx")
    assert [thing.name for thing in things] == ["tflite", "onnx"]


def test_a_name_is_taken_once(things: Registry[Thing]) -> None:
    """Two adapters of one name are a mistake in the code."""
    with pytest.raises(ValueError, match="two formats named 'onnx'"):
        things.add(Thing("onnx"))


def test_nothing_is_suggested_for_a_word_that_is_far_from_all() -> None:
    """A wild guess helps nobody."""
    assert nearest("zebra", ["tflite"]) == ""
