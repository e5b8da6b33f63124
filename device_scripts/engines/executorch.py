"""ExecuTorch's runtime from the package ``executorch``, on the CPU: its own kernels, and XNNPACK where a file was lowered to it."""

import importlib
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from heard import heard
from pte_plan import XNNPACK, plan_of

METHOD = "forward"
# The runtime itself: portable_lib, which passes it on, first imports ExecuTorch's exporter, for a decorator and five seconds.
RUNTIME = "executorch.extension.pybindings._portable_lib"
# Kernels of quantize and dequantize, which register themselves; not every package has them.
QUANTIZED = "executorch.kernels.quantized"
# What c10's ScalarType numbers mean to numpy.
DTYPES = {0: "uint8", 1: "int8", 2: "int16", 3: "int32", 4: "int64", 5: "float16", 6: "float32", 7: "float64", 11: "bool", 27: "uint16", 28: "uint32",
          29: "uint64"}  # fmt: skip

Described = list[tuple[str, tuple[int, ...], str]]


class Engine:
    """One ``.pte`` file. What the methods do is in ``README.md`` beside the runner."""

    accelerators = ("cpu",)

    def __init__(self, model: str, order: dict[str, Any]) -> None:
        """Import the runtime and give its thread pool the order's threads; nothing is loaded yet. Raises ImportError, ValueError."""
        if order["options"]:
            raise ValueError(f"executorch has no options, got {order['options']}")
        from importlib.metadata import version

        with _unheard():
            import torch

            self._runtime = importlib.import_module(RUNTIME)
            with suppress(ImportError):
                importlib.import_module(QUANTIZED)
        threads = max(1, order["threads"])
        torch.set_num_threads(threads)
        # One pool for XNNPACK and ExecuTorch's own kernels; it has as many threads as the processor has cores until it is made anew.
        self._runtime._unsafe_reset_threadpool(threads)  # noqa: SLF001 - there is no public way
        if (found := self._runtime._threadpool_get_thread_count()) != threads:  # noqa: SLF001
            raise ValueError(f"ExecuTorch's thread pool has {found} threads, the order has {threads}")
        self.version = version("executorch")
        self._torch, self._model, self._order = torch, Path(model), order
        self._program: Any = None
        self._method: Any = None
        self._meta: Any = None
        self._row: list[Any] = []
        self.invoke: Any = None

    def load(self) -> None:
        """Load the program and its method, back ends' initialisation included. Raises RuntimeError, with what the runtime prints of why."""
        try:
            self._open()
        except RuntimeError as error:
            said: list[str] = []
            with heard(said), suppress(RuntimeError):  # once more, to hear it: listening takes longer than a small model
                self._open()
            raise RuntimeError("; ".join([str(error), *_why(said)])) from error
        self._meta = self._method.method_meta()
        self.invoke = self._method.execute

    def inputs(self) -> Described:
        """Shape and dtype of each input; a file has no names for them, so they have the order's, by their place."""
        return [self._described("inputs", at, self._meta.input_tensor_meta(at)) for at in range(self._meta.num_inputs())]

    def outputs(self) -> Described:
        """Shape and dtype of each output, named as the inputs are."""
        return [self._described("outputs", at, self._meta.output_tensor_meta(at)) for at in range(self._meta.num_outputs())]

    def reset(self) -> None:
        """Bring the model's state back to its beginning: load it again."""
        row = self._row
        self.close()
        self.load()
        if row:
            self._set(row)

    def set(self, row: list[Any]) -> None:
        """Hand one row to the runtime. The tensors are kept: it reads them where they lie."""
        self._set([self._torch.from_numpy(value) for value in row])

    def read(self) -> list[Any]:
        """Copies of the outputs."""
        return [value.numpy() for value in self._method.get_outputs(clone_outputs=True)]

    def executed(self) -> dict[str, Any]:
        """The CPU runs everything; of the operations of the plan, those that XNNPACK was left."""
        try:
            plan = plan_of(self._model)
        except (ValueError, struct.error, StopIteration):
            return {"executed_on": "cpu", "driver": "", "execution": "full", "delegated": None, "operations": None}
        delegated = None if None in plan.delegated.values() else sum(count or 0 for count in plan.delegated.values())
        return {
            "executed_on": "cpu", "driver": "xnnpack" if XNNPACK in plan.delegated else "", "execution": "full", "delegated": delegated,
            "operations": None if delegated is None else plan.kernels + delegated,
        }  # fmt: skip

    def close(self) -> None:
        """Let go of the model; nothing happens when there is none."""
        self.invoke = self._meta = self._method = self._program = None
        self._row = []

    def _open(self) -> None:
        """Load the program, checked as executorch.runtime checks it, and its method."""
        verification = self._runtime.Verification.InternalConsistency
        self._program = self._runtime._load_program(str(self._model), program_verification=verification)  # noqa: SLF001 - there is no public way
        self._method = self._program.load_method(METHOD)

    def _set(self, row: list[Any]) -> None:
        """Hand one row of tensors to the runtime."""
        self._row = row
        self._method.set_inputs(row)

    def _described(self, what: str, at: int, tensor: Any) -> tuple[str, tuple[int, ...], str]:
        """What the runner holds against the order."""
        ordered = self._order[what]
        name = ordered[at]["name"] if at < len(ordered) else ""
        return name, tuple(tensor.sizes()), DTYPES.get(tensor.dtype(), "unknown")


def _why(said: list[str]) -> list[str]:
    """The first lines that ExecuTorch printed of why, each without its place in the code before it, ``[method.cpp:85]``."""
    lines = [line.partition("] ")[2].strip() for line in said if line.startswith("[") and ".cpp:" in line and "cpuinfo" not in line]
    return [line[:300] for line in lines if line][:3]


@contextmanager
def _unheard() -> Iterator[None]:
    """Let torch and ExecuTorch say nothing of what they call deprecated in each other."""
    with warnings.catch_warnings():
        for category in (DeprecationWarning, FutureWarning, UserWarning):
            warnings.simplefilter("ignore", category)
        yield
