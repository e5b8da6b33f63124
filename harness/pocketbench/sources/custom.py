"""Which parts of a Keras model are not Keras' own, read from its serialised configuration."""

from collections.abc import Iterator
from typing import Any


def lambdas(config: Any) -> list[str]:
    """Name the Lambda layers of a model, and lambdas elsewhere in it as "lambda"."""
    return sorted({_name(node) for node in _nodes(config) if node["class_name"] in ("Lambda", "__lambda__")})


def classes(config: Any) -> list[str]:
    """Name the classes and functions that are neither Keras' nor Python's own."""
    return sorted({_name(node) for node in _nodes(config) if _foreign(node)})


def _foreign(node: dict[str, Any]) -> bool:
    """Whether a node was registered by a user. Files of older Kerases name no module; those are left to Keras' loader."""
    if "module" not in node:
        return False
    module = node["module"] or ""
    return node["class_name"] == "function" or not (module == "builtins" or module.partition(".")[0] == "keras")


def _name(node: dict[str, Any]) -> str:
    """What users call it: a function's or Lambda layer's own name, else the class."""
    if node["class_name"] in ("Lambda", "__lambda__"):
        return str(node["config"].get("name", "lambda"))
    return str(node["config"] if node["class_name"] == "function" else node.get("registered_name") or node["class_name"])


def _nodes(config: Any) -> Iterator[dict[str, Any]]:
    """Every serialised object, wherever it is nested; what a Lambda layer holds is part of it."""
    if isinstance(config, dict):
        if isinstance(config.get("class_name"), str) and "config" in config:
            yield config
        elif set(config) == {"value"} and isinstance(config["value"], list):  # how Keras writes a lambda that is an activation: its byte code
            yield {"class_name": "__lambda__", "config": {}}
        for value in config.values() if config.get("class_name") != "Lambda" else ():
            yield from _nodes(value)
    elif isinstance(config, (list, tuple)):
        for value in config:
            yield from _nodes(value)
