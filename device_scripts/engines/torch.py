"""torch on the CPU: a model as it was trained, as an exported program (``.pt2``) or, where there is none, as TorchScript (``.pt``)."""

import os
import warnings
from typing import Any

# Read by torch.load at each call: nothing but tensors is unpickled.
ENVIRONMENT = {"CUDA_VISIBLE_DEVICES": "-1", "TORCH_FORCE_WEIGHTS_ONLY_LOAD": "1"}

Described = list[tuple[str, tuple[int, ...], str]]


class Engine:
    """One model. What the methods do is in ``README.md`` beside the runner."""

    accelerators = ("cpu",)

    def __init__(self, model: str, order: dict[str, Any]) -> None:
        """Import torch, with the order's threads; nothing is loaded yet. Raises ImportError, ValueError."""
        if order["options"]:
            raise ValueError(f"torch has no options, got {order['options']}")
        os.environ.update(ENVIRONMENT)
        import torch

        torch.set_num_threads(max(1, order["threads"]))
        self.version = torch.__version__
        self._torch, self._model, self._order = torch, model, order
        self.invoke: Any = None
        self._kept: Any = None
        self._call: Any = None
        self._row: list[Any] = []
        self._answers: Any = None
        self._gives: list[Any] = []

    def load(self) -> None:
        """Load the model and make it ready to be called without gradients."""
        torch = self._torch
        torch.set_grad_enabled(False)
        self._call = self._loaded()
        self._row = [torch.zeros(tensor["shape"], dtype=getattr(torch, tensor["dtype"])) for tensor in self._order["inputs"]]

        def invoke() -> None:
            self._answers = self._call(*self._row)

        self.invoke = invoke

    def inputs(self) -> Described:
        """Name, shape and dtype of each input: the order's, which a program has no names for."""
        return [_described(tensor["name"], each) for tensor, each in zip(self._order["inputs"], self._row, strict=True)]

    def outputs(self) -> Described:
        """Name, shape and dtype of each output: the order's names, and what one call gave."""
        self.reset()
        gives = self._flat(self._call(*self._row))
        self.reset()
        names = [tensor["name"] for tensor in self._order["outputs"]]
        return [_described(name, each) for name, each in zip(names if len(names) == len(gives) else [""] * len(gives), gives, strict=True)]

    def set(self, row: list[Any]) -> None:
        """Hand one row to torch."""
        self._row = [self._torch.from_numpy(value.copy()) for value in row]

    def read(self) -> list[Any]:
        """Copies of the outputs."""
        return [each.numpy().copy() for each in self._flat(self._answers)]

    def reset(self) -> None:
        """Bring buffers that a call may change back to what they were."""
        for buffer, value in self._kept:
            buffer.copy_(value)

    def executed(self) -> dict[str, Any]:
        """Torch's own kernels, all on the CPU: there is no other device that it sees."""
        return {"executed_on": "cpu", "driver": "", "execution": "full", "delegated": None, "operations": None}

    def close(self) -> None:
        """Let go of the model; nothing happens when there is none."""
        self.invoke = self._call = self._answers = None
        self._kept, self._row = [], []

    def _loaded(self) -> Any:
        """The program's module, or the TorchScript."""
        torch = self._torch
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            module = torch.export.load(self._model).module() if self._model.endswith(".pt2") else torch.jit.load(self._model, map_location="cpu").eval()
        self._kept = [(buffer, buffer.clone()) for buffer in module.buffers()]
        return module

    def _flat(self, answers: Any) -> list[Any]:
        """The outputs as a list of tensors."""
        found: list[Any] = self._torch.utils._pytree.tree_leaves(answers)  # noqa: SLF001 - torch has no public one
        return found


def _described(name: str, tensor: Any) -> tuple[str, tuple[int, ...], str]:
    """What the runner holds against the order."""
    return name, tuple(tensor.shape), str(tensor.dtype).removeprefix("torch.")
