"""TensorFlow.js in Node.js, with the very modules of the page, on the back ends that need no browser: what a model's tensors are, and what it computes.

Nothing is timed. Where WebAssembly has all of a model's operations it runs there, else in plain JavaScript, which is some forty times slower.
"""

import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from pocketbench import assets, cache, pages, protocol, tensors, tfjs_operations
from pocketbench.errors import Refused
from pocketbench.model import Source, Tensor
from pocketbench.protocol import Order

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

# The worker that asks it.
TOOLCHAIN = "tfjs-node"
MODEL, ASKED = "model", "asked.json"
LONGEST = 300


class Said(msgspec.Struct, frozen=True):
    """One tensor as TensorFlow.js knows it: what it may be called, its shape and dtype."""

    names: tuple[str, ...]
    shape: tuple[int, ...] | None
    dtype: str


class Answer(msgspec.Struct, frozen=True):
    """What goes in and what came out, or why nothing did."""

    inputs: tuple[Said, ...] = ()
    outputs: tuple[Said, ...] = ()
    reason: str = ""
    message: str = ""


def described(model: Path, kind: str, operations: Mapping[str, int], inputs: Sequence[Tensor]) -> Answer:
    """Run one row of zeros of the inputs' shapes through a model, a folder, and say what its tensors are.

    Raises Refused in TensorFlow.js' words, ToolchainMissing.
    """
    with cache.scratch() as folder:
        shutil.copytree(model, folder / MODEL)
        asked = {"accelerator": back_end(kind, operations), "shapes": {each.name: [max(1, size) for size in each.shape] for each in inputs}}
        (folder / ASKED).write_bytes(msgspec.json.encode(asked))
        said = _run("describe.mjs", folder)
    try:
        answer = msgspec.json.decode(said.stdout, type=Answer)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise _ended(said) from error
    if answer.reason:
        raise Refused("engine-cannot-read", f"TensorFlow.js: {answer.message}"[:LONGEST])
    return answer


def computed(source: Source, kind: str, rows: Sequence["Array"]) -> list["Array"]:
    """Run rows through a model that was opened: one array of shape (rows, …) an output. Raises Refused in TensorFlow.js' words, ToolchainMissing."""
    with cache.scratch() as folder:
        shutil.copytree(source.path, folder / MODEL)
        tensors.write_inputs(list(rows), source.inputs, folder)
        order = Order(
            protocol=protocol.PROTOCOL, order="reference", kind="outputs", engine="tfjs", model=MODEL, accelerator=back_end(kind, source.operations),
            threads=1, options={}, rows=len(rows[0]), inputs=tensors.files("input", source.inputs), outputs=tensors.files("output", source.outputs),
            stateful=source.stateful,
        )  # fmt: skip
        protocol.write_order(order, folder)
        said = _run("order.mjs", folder)
        report = folder / protocol.REPORT
        end = protocol.read_report(report.read_bytes(), order).end if report.exists() else None
        if isinstance(end, protocol.FailedOrder):
            raise Refused(end.reason, f"TensorFlow.js: {end.stage}: {end.message}"[:LONGEST])
        if end is None:
            raise _ended(said)
        return tensors.read_outputs(source.outputs, len(rows[0]), folder)


def back_end(kind: str, operations: Mapping[str, int]) -> str:
    """The back end that runs a model here: ``wasm`` where it has all operations."""
    return "cpu" if tfjs_operations.refusal(operations, kind, "wasm") else "wasm"


def _run(script: str, folder: Path) -> "subprocess.CompletedProcess[bytes]":
    """Run one of the scripts, which lie beside the page's sources. Raises ToolchainMissing."""
    path = assets.find("device_scripts") / "web" / "node" / script
    command = [pages.node(), str(path), str(pages.folder()), str(folder)]
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, check=False)


def _ended(said: "subprocess.CompletedProcess[bytes]") -> Refused:
    """Node.js ended without an answer."""
    lines = said.stderr.decode(errors="replace").strip().splitlines() or [f"it ended with {said.returncode}"]
    return Refused("crashed", f"TensorFlow.js in Node.js: {lines[-1]}"[:LONGEST], log="\n".join(lines))
