"""LiteRT on the GPU: its CompiledModel, for the GPU alone, so that nothing falls back to the CPU unseen.

What the runtime chose it says in its log and nowhere else: ``is_fully_accelerated()`` says True of a model that runs on the
CPU (seen in 2.3.0). That a model asked for on the GPU alone is made at all is the proof that every operation is there: one
that is not ends with "Some ops are not accelerated".
"""

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

from heard import heard
from order import Refused

Described = list[tuple[str, tuple[int, ...], str]]

ADAPTER = re.compile(r"Selected adapter: (?P<name>.*?), arch=.*\bbackend=(?P<backend>\w+), adapterType=(?P<type>.*?)\s*$")
# Drivers in software whose name says so.
SOFTWARE = ("SwiftShader", "llvmpipe")


class Engine:
    """One ``.tflite`` file. What the methods do is in ``README.md`` beside the runner."""

    invoke: Any
    _model: Any
    _inputs: dict[str, Any]
    _outputs: dict[str, Any]
    _answers: list[Any]
    _shapes: list[tuple[tuple[int, ...], str]]

    def __init__(self, model: str, order: dict[str, Any]) -> None:
        """Import the package; nothing is loaded yet, and no driver is looked for. Raises ImportError."""
        from importlib.metadata import version

        from ai_edge_litert import compiled_model

        self.version = version("ai-edge-litert")
        self._package, self._path, self._order = compiled_model, model, order
        self.close()

    def load(self) -> None:
        """Compile the model for the GPU and make its buffers. Raises Refused: accelerator-absent, engine-cannot-read."""
        lines: list[str] = []
        options = self._package.Options(hardware_accelerators=self._package.HardwareAccelerator.GPU)
        try:
            with heard(lines):
                self._model = self._package.CompiledModel.from_file(self._path, options=options)
                self._key = next(iter(self._model.get_signature_list()))
                self._inputs = {name: self._model.create_input_buffer_by_name(self._key, name) for name in self._names("inputs")}
                self._outputs = {name: self._model.create_output_buffer_by_name(self._key, name) for name in self._names("outputs")}
        except RuntimeError as error:
            raise refused(str(error), lines) from error
        self._driver = driver(lines)
        self._shapes = [(shape, dtype) for _, shape, dtype in self.outputs()]
        self.invoke = self._invoke

    def inputs(self) -> Described:
        """Name, shape and dtype of each input; a free size is 1, the only one it is compiled for."""
        return _described(self._model.get_input_tensor_details(self._key), self._names("inputs"))

    def outputs(self) -> Described:
        """Name, shape and dtype of each output."""
        return _described(self._model.get_output_tensor_details(self._key), self._names("outputs"))

    def set(self, row: list[Any]) -> None:
        """Copy one row into the input buffers."""
        for buffer, value in zip(self._inputs.values(), row, strict=True):
            buffer.write(value)

    def read(self) -> list[Any]:
        """The outputs of the last inference."""
        return [answer.reshape(shape) for answer, (shape, _) in zip(self._answers, self._shapes, strict=True)]

    def reset(self) -> None:
        """Load it anew: there is no other way to bring a state back to its beginning."""
        self.close()
        self.load()

    def executed(self) -> dict[str, Any]:
        """The GPU runs everything; full where the log names the adapter, unknown where it does not. It counts no operations."""
        proof = "full" if self._driver else "unknown"
        return {"executed_on": "gpu", "driver": self._driver, "execution": proof, "delegated": None, "operations": None}

    def close(self) -> None:
        """Let go of the model and its buffers; nothing happens when there is none."""
        self.invoke = self._model = None
        self._inputs, self._outputs, self._answers, self._shapes = {}, {}, [], []
        self._key = self._driver = ""

    def _invoke(self) -> None:
        """Run, and read every output back.

        Running alone only hands the work to the driver where outputs are floats: with the digits CNN in software it returns
        after 0.25 ms, and the outputs are there 5 ms later. Reading waits for them. Integer outputs are there after running.
        """
        self._model.run_by_name(self._key, self._inputs, self._outputs)
        self._answers = [buffer.read(math.prod(shape), dtype) for buffer, (shape, dtype) in zip(self._outputs.values(), self._shapes, strict=True)]

    def _names(self, what: str) -> list[str]:
        """The signature's own names of the inputs or outputs, in its order."""
        return list(self._model.get_signature_list()[self._key][what])


def driver(lines: Sequence[str]) -> str:
    """What carried it, by the runtime's log: "vulkan SwiftShader"; "" where the log does not say, or says that a shader was invalid."""
    found = next((match for line in lines if (match := ADAPTER.search(line))), None)
    if found is None or any("Validation error" in line for line in lines):
        return ""
    name = re.sub(r"\s+Device$", "", re.sub(r"\s*\(.*\)$", "", found["name"]))
    unsaid = "CPU" in found["type"] and not any(word in name for word in SOFTWARE)
    return f"{found['backend'].lower()} {name}" + (" (software)" if unsaid else "")


def refused(words: str, lines: Sequence[str]) -> Refused:
    """Why a model was not made for the GPU: the words of the exception, and those that the runtime only prints."""
    if any("No adapters found" in line for line in lines):
        why = "; ".join(line.removeprefix("Warning: ").strip() for line in lines if line.startswith("Warning: "))
        return Refused("accelerator-absent", f"LiteRT found no Vulkan driver that it can use{': ' if why else ''}{why}")
    return Refused("engine-cannot-read", "; ".join(filter(None, [_plain(words), *dict.fromkeys(_errors(lines))])))


def _errors(lines: Sequence[str]) -> Iterator[str]:
    """What the runtime prints about errors, and the operations that it lists as not supported: each kind once, without the names of tensors."""
    listed = False
    for line in lines:
        if line.startswith("ERROR: "):
            yield _plain(line)
        elif listed:
            yield line.partition(". ")[0].rstrip(".")
        listed = (listed or "not supported by GPU delegate" in line) and not re.match(r"\d+ operations will run", line)


def _plain(words: str) -> str:
    """The runtime's words without places in its source code."""
    return " ".join(re.sub(r"ERROR: (\[[^\]]*\])?|\[[\w./]+:\d+\]|└", " ", words).split()).rstrip(".:")


def _described(details: dict[str, dict[str, Any]], names: Sequence[str]) -> Described:
    """What the runner holds against the order."""
    return [(details[name]["name"], tuple(details[name]["shape"]), str(details[name]["dtype"])) for name in names]
