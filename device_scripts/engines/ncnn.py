"""ncnn from the package ``ncnn``: on the CPU, and through Vulkan on the GPU, layer by layer: what has no Vulkan shader runs on the CPU.

A folder with ``model.ncnn.param``, ``model.ncnn.bin`` and ``tensors.json``, which says what those two do not: the shapes of
inputs and outputs, which axis of each is the batch, and whether weights are halves.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from heard import heard
from order import Refused

OPTIONS = {"fp16": ("file", "off", "on")}
PARAM, BIN, TENSORS = "model.ncnn.param", "model.ncnn.bin", "tensors.json"
# Layers that compute nothing: where rows come in.
NOTHING = ("Input",)
# What ncnn calls a device of this type, the processor: integrated and discrete GPUs and virtual ones are others.
CPU = 3
# Drivers in software whose name says so.
SOFTWARE = ("SwiftShader", "llvmpipe")

Described = list[tuple[str, tuple[int, ...], str]]


class Engine:
    """One folder ``model.ncnn``. What the methods do is in ``README.md`` beside the runner."""

    accelerators = ("cpu", "vulkan")
    invoke: Any
    _net: Any
    _rows: list[Any]
    _answers: list[Any]

    def __init__(self, model: str, order: dict[str, Any]) -> None:
        """Import the package; nothing is loaded yet, and no driver is looked for. Raises ImportError, ValueError."""
        for key, value in order["options"].items():
            if value not in OPTIONS.get(key, ()):
                raise ValueError(f"ncnn has no option {key}={value}; known: {OPTIONS}")
        import ncnn

        self.version = ncnn.__version__
        self._ncnn, self._model, self._order = ncnn, Path(model), order
        self._said: dict[str, Any] = {}
        self._vulkan = order.get("accelerator") == "vulkan"
        self._driver = ""
        self.close()

    def load(self) -> None:
        """Read the folder and make what its layers need. Raises Refused: accelerator-absent, engine-cannot-read."""
        self._said = json.loads((self._model / TENSORS).read_text(encoding="utf-8"))
        self._driver = self._device() if self._vulkan else ""
        net = self._ncnn.Net()
        self._set_up(net.opt)
        lines: list[str] = []
        with heard(lines):
            failed = net.load_param(str(self._model / PARAM)) or net.load_model(str(self._model / BIN))
        if failed:
            raise Refused("engine-cannot-read", "; ".join(dict.fromkeys(line.strip() for line in lines if line.strip())) or "ncnn does not load it")
        self._net, self.invoke = net, self._invoke

    def inputs(self) -> Described:
        """Name, shape and dtype of each input, with a batch of 1."""
        return [(each["name"], tuple(each["shape"]), each["dtype"]) for each in self._said["inputs"]]

    def outputs(self) -> Described:
        """Name, shape and dtype of each output, with a batch of 1."""
        return [(each["name"], tuple(each["shape"]), each["dtype"]) for each in self._said["outputs"]]

    def set(self, row: list[Any]) -> None:
        """Copy one row."""
        self._rows = [self._ncnn.Mat(value, batch_index=batch).clone() for value, batch in zip(row, self._said["input_batches"], strict=True)]

    def read(self) -> list[Any]:
        """Copies of the outputs."""
        batches = zip(self._answers, self._said["output_batches"], self._said["outputs"], strict=True)
        return [answer.numpy(batch_index=batch).reshape(each["shape"]).copy() for answer, batch, each in batches]

    def reset(self) -> None:
        """Nothing is kept from one inference to the next."""

    def executed(self) -> dict[str, Any]:
        """On the CPU everything; on the GPU the layers that have a shader, of how many."""
        layers = [layer for layer in self._net.layers() if layer.type not in NOTHING]
        if not self._vulkan:
            return {"executed_on": "cpu", "driver": "", "execution": "full", "delegated": None, "operations": len(layers)}
        there = sum(bool(layer.support_vulkan) for layer in layers)
        proof = "full" if there == len(layers) > 0 else "partial" if there else "none"
        return {"executed_on": "vulkan" if there else "cpu", "driver": self._driver, "execution": proof, "delegated": there, "operations": len(layers)}

    def close(self) -> None:
        """Let go of the net; nothing happens when there is none."""
        self._rows, self._answers = [], []
        net, self._net, self.invoke = getattr(self, "_net", None), None, None
        if net is not None:
            net.clear()

    def _invoke(self) -> None:
        """Run one row and fetch every output, which waits for the driver."""
        extractor = self._net.create_extractor()
        for place, row in enumerate(self._rows):
            extractor.input(f"in{place}", row)
        answers = [extractor.extract(f"out{place}") for place in range(len(self._said["outputs"]))]
        if any(failed for failed, _ in answers):
            raise RuntimeError(f"ncnn gave no output {[place for place, (failed, _) in enumerate(answers) if failed]}")
        self._answers = [answer for _, answer in answers]

    def _set_up(self, options: Any) -> None:
        """Threads, the GPU, and whether numbers may be halves: as the file's weights are, unless the order says otherwise."""
        chosen = self._order["options"].get("fp16", "file")
        halves = chosen == "on" or (chosen == "file" and bool(self._said["halves"]))
        options.num_threads = max(1, self._order["threads"])
        options.use_vulkan_compute = self._vulkan
        options.use_fp16_packed = options.use_fp16_storage = options.use_fp16_arithmetic = halves
        if self._vulkan and self._software():
            # Their shaders take most of a minute to compile where the processor runs them, longest those for halves.
            options.use_winograd_convolution = options.use_sgemm_convolution = False

    def _device(self) -> str:
        """The Vulkan driver that ncnn takes. Raises Refused (accelerator-absent)."""
        lines: list[str] = []
        with heard(lines):
            count = self._ncnn.get_gpu_count()
        if not count:
            said = "; ".join(_errors(lines))
            raise Refused("accelerator-absent", f"ncnn found no Vulkan driver that it can use{': ' if said else ''}{said}"[:300])
        found = self._ncnn.get_gpu_info(self._ncnn.get_default_gpu_index())
        return driver(found.device_name(), found.type())

    def _software(self) -> bool:
        """Whether the driver runs on the processor."""
        return "(software)" in self._driver or any(word in self._driver for word in SOFTWARE)


def driver(name: str, kind: int) -> str:
    """What carried it: "vulkan SwiftShader"."""
    short = re.sub(r"\s+Device$", "", re.sub(r"\s*\(.*\)$", "", name))
    unsaid = kind == CPU and not any(word in short for word in SOFTWARE)
    return f"vulkan {short}" + (" (software)" if unsaid else "")


def _errors(lines: list[str]) -> Iterator[str]:
    """What ncnn printed of failures, each once."""
    yield from dict.fromkeys(line.strip() for line in lines if "fail" in line.lower() or "error" in line.lower())
