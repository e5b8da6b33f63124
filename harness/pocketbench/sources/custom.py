"""Which parts of a Keras model are not Keras' own, read from its serialised configuration."""

from collections.abc import Iterator
from typing import Any


def lambdas(config: Any) -> list[str]:
    """Name the Lambda layers of a model."""
    return sorted({str(node["config"].get("name", "lambda")) for node in _nodes(config) if node["class_name"] == "Lambda"})


def classes(config: Any) -> list[str]:
    """Name the classes and functions that are neither Keras' nor Python's own."""
    return sorted({str(node.get("registered_name") or node["class_name"]) for node in _nodes(config) if _foreign(node)})


def _foreign(node: dict[str, Any]) -> bool:
    """Whether a node was registered by a user. Files of older Kerases name no module; those are left to Keras' loader."""
    if "module" not in node:
        return False
    module = node["module"] or ""
    return node["class_name"] == "function" or not (module == "builtins" or module.partition(".")[0] == "keras")


def _nodes(config: Any) -> Iterator[dict[str, Any]]:
    """Every serialised object, wherever it is nested."""
    if isinstance(config, dict):
        if isinstance(config.get("class_name"), str) and isinstance(config.get("config"), dict):
            yield config
        for value in config.values():
            yield from _nodes(value)
    elif isinstance(config, (list, tuple)):
        for value in config:
            yield from _nodes(value)
