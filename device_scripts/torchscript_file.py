"""TorchScript files, as torch's full runtime and its lite interpreter both read them: what ``torchscript`` and ``pytorch-lite`` share.

A file made by Pocketbench holds a record ``extra/pocketbench.json`` with its tensors' names, shapes and dtypes, and with the
quantised engine that its integer kernels were made for. Files without it are run too: they get the order's names.
"""

import json
import zipfile
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from order import Refused

ABOUT = "extra/pocketbench.json"
MAX_ABOUT_BYTES = 1 << 20
# The quantised engine that torch itself begins with on a phone, for files that do not say.
USUAL = "qnnpack"
QUANTIZED, PREPACKED = "quantized::", "prepacked::"

Described = list[tuple[str, tuple[int, ...], str]]


class TorchScriptEngine:
    """One file. What the methods do is in ``README.md`` beside the runner; ``loader`` opens a file, ``operators`` lists what a module is made of."""

    def __init__(self, name: str, loader: Callable[[str], Any], operators: Callable[[Any], Any], model: str, order: dict[str, Any]) -> None:
        """Start torch with the order's threads; nothing is loaded yet. Raises ImportError, ValueError."""
        if order["options"]:
            raise ValueError(f"{name} has no options, got {order['options']}")
        import torch

        torch.set_num_threads(max(1, order["threads"]))
        self.version = torch.__version__.partition("+")[0]
        self._torch, self._loader, self._operators, self._model, self._order = torch, loader, operators, model, order
        self.invoke: Any = None
        self._module: Any = None
        self._about: dict[str, Any] = {}
        self._entered = ExitStack()
        self._row: tuple[Any, ...] = ()
        self._answers: Any = None

    def load(self) -> None:
        """Choose the quantised engine that the file was made for, load the file, and leave gradients aside until it is closed."""
        self._about = about(self._model)
        self._choose(self._about.get("quantized_engine") or USUAL)
        self._entered.enter_context(self._torch.inference_mode())
        self._module = self._loader(self._model)
        forward = self._module.forward

        def invoke() -> None:
            self._answers = forward(*self._row)

        self.invoke = invoke

    def _choose(self, engine: str) -> None:
        """Set the engine of quantised kernels before anything is loaded: weights are packed for it then, and another one's answers are wrong."""
        quantized = self._torch.backends.quantized
        if engine in quantized.supported_engines:
            quantized.engine = engine
        elif self._about.get("quantized_engine"):
            raise Refused("engine-cannot-read", f"the file's integer kernels are for {engine}; this torch has {', '.join(quantized.supported_engines)}")

    def inputs(self) -> Described:
        """Name, shape and dtype of each input; the order's where the file does not tell."""
        return self._described("inputs")

    def outputs(self) -> Described:
        """Name, shape and dtype of each output; the order's where the file does not tell."""
        return self._described("outputs")

    def _described(self, what: str) -> Described:
        """What the file says of its tensors, else the order."""
        return [(tensor["name"], tuple(tensor["shape"]), tensor["dtype"]) for tensor in self._about.get(what) or self._order[what]]

    def set(self, row: list[Any]) -> None:
        """Copy one row into tensors."""
        self._row = tuple(self._torch.tensor(value) for value in row)

    def read(self) -> list[Any]:
        """Copies of the outputs."""
        answers = self._answers if isinstance(self._answers, (tuple, list)) else (self._answers,)
        return [answer.numpy().copy() for answer in answers]

    def reset(self) -> None:
        """Load anew: a module that changes its own attributes has no other beginning."""
        row = self._row
        self.close()
        self.load()
        self._row = row

    def executed(self) -> dict[str, Any]:
        """The CPU runs everything; the driver is the library behind the integer or prepacked operations that the file has."""
        names = [str(name) for name in self._operators(self._module)]
        drivers = ["xnnpack"] if any(name.startswith(PREPACKED) for name in names) else []
        if any(name.startswith(QUANTIZED) or "quantized" in name for name in names):
            drivers.append(self._torch.backends.quantized.engine)
        return {"executed_on": "cpu", "driver": " ".join(drivers), "execution": "full", "delegated": None, "operations": None}

    def close(self) -> None:
        """Let go of the module; nothing happens when there is none."""
        self._entered.close()
        self.invoke = self._module = self._answers = None
        self._row = ()


def about(model: str) -> dict[str, Any]:
    """What the file says of itself; nothing where it has no such record, or where that is not what Pocketbench writes."""
    try:
        with zipfile.ZipFile(model) as archive:
            found = next((item for item in archive.infolist() if item.filename.endswith("/" + ABOUT)), None)
            if found is None or found.file_size > MAX_ABOUT_BYTES:
                return {}
            read = json.loads(archive.read(found))
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return {}
    return read if isinstance(read, dict) else {}
