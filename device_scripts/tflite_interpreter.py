"""TensorFlow Lite's interpreter on the CPU, with or without XNNPACK, as the packages ``ai-edge-litert`` and ``tflite-runtime`` both have it."""

from collections.abc import Mapping
from typing import Any

OPTIONS = {"xnnpack": ("on", "off")}
# Operations that run other graphs of the file, whose operations the interpreter does not list.
CALLING = {"IF", "WHILE", "CALL_ONCE"}


def check_options(engine: str, options: Mapping[str, str]) -> None:
    """Refuse options that there are not. Raises ValueError."""
    for key, value in options.items():
        if value not in OPTIONS.get(key, ()):
            raise ValueError(f"{engine} has no option {key}={value}; known: {OPTIONS}")


class InterpreterEngine:
    """One ``.tflite`` file. What the methods do is in ``README.md`` beside the runner."""

    def __init__(self, package: Any, version: str, model: str, order: dict[str, Any]) -> None:
        """Keep what is asked for; nothing is loaded yet. ``package`` is the runtime's module with ``Interpreter``."""
        self.version = version
        self._package, self._model, self._order = package, model, order
        self._interpreter: Any = None
        self._keeps: bool | None = None
        self.invoke: Any = None

    def load(self) -> None:
        """Construct the interpreter, give free dimensions the order's sizes, allocate."""
        resolver = self._package.OpResolverType
        chosen = resolver.BUILTIN_WITHOUT_DEFAULT_DELEGATES if self._order["options"].get("xnnpack") == "off" else resolver.AUTO
        self._interpreter = self._package.Interpreter(self._model, num_threads=max(1, self._order["threads"]), experimental_op_resolver_type=chosen)
        shapes = {tensor["name"]: tensor["shape"] for tensor in self._order["inputs"]}
        for tensor in self._interpreter.get_input_details():
            if -1 in tensor["shape_signature"] and _fits(tensor["shape_signature"], shapes.get(tensor["name"], [])):
                self._interpreter.resize_tensor_input(tensor["index"], shapes[tensor["name"]])
        self._interpreter.allocate_tensors()
        # Interpreter.invoke first looks for numpy views into the interpreter, which takes longer than a small model; there are none here.
        self.invoke = self._interpreter._interpreter.Invoke  # noqa: SLF001

    def inputs(self) -> list[tuple[str, tuple[int, ...], str]]:
        """Name, shape (-1 where free) and dtype of each input."""
        return [_described(tensor) for tensor in self._interpreter.get_input_details()]

    def outputs(self) -> list[tuple[str, tuple[int, ...], str]]:
        """Name, shape (-1 where free) and dtype of each output."""
        return [_described(tensor) for tensor in self._interpreter.get_output_details()]

    def set(self, row: list[Any]) -> None:
        """Copy one row into the inputs."""
        for tensor, value in zip(self._interpreter.get_input_details(), row, strict=True):
            self._interpreter.set_tensor(tensor["index"], value)

    def read(self) -> list[Any]:
        """Copies of the outputs."""
        return [self._interpreter.get_tensor(tensor["index"]) for tensor in self._interpreter.get_output_details()]

    def reset(self) -> None:
        """Bring the model's state back to its beginning."""
        if self._keeps is None:
            self._keeps = any(operation["op_name"] == "VAR_HANDLE" for operation in self._interpreter._get_ops_details())  # noqa: SLF001
        if self._keeps:  # reset_all_variables leaves resource variables as they are (seen in 2.3.0)
            self.close()
            self.load()
        else:
            self._interpreter.reset_all_variables()

    def executed(self) -> dict[str, Any]:
        """The CPU runs everything; of the operations, those that XNNPACK took over where that can be known."""
        operations = self._interpreter._get_ops_details()  # noqa: SLF001 - there is no public way to see a delegate
        took_part = any(operation["op_name"] == "DELEGATE" for operation in operations)
        known: dict[str, int | None] = {"delegated": None, "operations": None}
        if self._alone(operations):  # operations of a loop's or branch's graph are not shown
            known = _delegated(operations, {tensor["index"] for tensor in self._interpreter.get_output_details()})
        return {"executed_on": "cpu", "driver": "xnnpack" if took_part else "", "execution": "full", **known}

    def close(self) -> None:
        """Let go of the interpreter; nothing happens when there is none."""
        self.invoke = self._interpreter = None

    def _alone(self, operations: list[dict[str, Any]]) -> bool:
        """Whether the graph that runs is all there is; older packages do not say how many there are, but what would call another."""
        if hasattr(self._interpreter, "num_subgraphs"):
            return bool(self._interpreter.num_subgraphs() == 1)
        return CALLING.isdisjoint(operation["op_name"] for operation in operations)


def _delegated(operations: list[dict[str, Any]], results: set[int]) -> dict[str, int | None]:
    """How many of the file's operations were taken over by a delegate.

    The interpreter keeps the file's operations in its list and adds one named DELEGATE for each group that was taken
    over. A group is what leads from a DELEGATE's inputs to its outputs, followed backwards. An operation whose results
    nobody reads cannot be placed so; where there is one, the number is not known.
    """
    own = [operation for operation in operations if operation["op_name"] != "DELEGATE"]
    read = results.union(*(operation["inputs"].tolist() for operation in own))
    if any(read.isdisjoint(operation["outputs"].tolist()) for operation in own):
        return {"delegated": None, "operations": len(own)}
    maker = {tensor: operation for operation in own for tensor in operation["outputs"].tolist()}
    taken: set[int] = set()
    for group in operations:
        if group["op_name"] == "DELEGATE":
            taken |= _between(set(group["inputs"].tolist()), group["outputs"].tolist(), maker)
    return {"delegated": len(taken), "operations": len(own)}


def _between(inputs: set[int], outputs: list[int], maker: dict[int, dict[str, Any]]) -> set[int]:
    """The indices of the operations that lead from some tensors to others."""
    found: set[int] = set()
    wanted = list(outputs)
    while wanted:
        tensor = wanted.pop()
        if tensor in maker and tensor not in inputs and maker[tensor]["index"] not in found:
            found.add(maker[tensor]["index"])
            wanted += maker[tensor]["inputs"].tolist()
    return found


def _described(tensor: dict[str, Any]) -> tuple[str, tuple[int, ...], str]:
    """What the runner holds against the order."""
    return tensor["name"], tuple(int(size) for size in tensor["shape_signature"]), tensor["dtype"].__name__.rstrip("_")


def _fits(free: Any, shape: list[int]) -> bool:
    """Whether a shape fills free dimensions only."""
    return len(free) == len(shape) and all(own in (-1, size) for own, size in zip(free.tolist(), shape, strict=True))
