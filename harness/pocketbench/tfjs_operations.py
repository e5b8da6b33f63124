"""Which operations and layers TensorFlow.js has, and on which back ends. Pure; the table and its source: ``tfjs_operations.csv``."""

import csv
import functools
from collections.abc import Iterable, Mapping
from pathlib import Path

from pocketbench.model import Refusal
from pocketbench.tfjs_reader import LAYERS

_TABLE = Path(__file__).with_suffix(".csv")
# The release that the table was asked of, which is the one that the page is made with.
RELEASE = "4.22.0"
BACK_ENDS = ("cpu", "wasm", "webgl", "webgpu")
LONGEST = 300


@functools.cache
def known(model: str) -> Mapping[str, frozenset[str]]:
    """The back ends of every operation of a graph model, or of every layer of a layers model (``model``: graph, layers)."""
    with _TABLE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {row["name"]: frozenset(name for name in BACK_ENDS if row[name]) for row in rows if row["model"] == model}


def refusal(operations: Iterable[str], model: str, back_end: str) -> Refusal | None:
    """Why TensorFlow.js cannot run a model with these operations on a back end (stage ``admit``, unsupported-operation); None where it may."""
    table = known(model)
    strange = [name for name in operations if name not in table]
    if strange and model == LAYERS:
        words = f"TensorFlow.js {RELEASE} has no layer {', '.join(strange)}"
        return Refusal("admit", "unsupported-operation", words[:LONGEST], "classes of one's own are code that goes into the page, and this page has none")
    if strange:
        return Refusal("admit", "unsupported-operation", f"TensorFlow.js {RELEASE} has no operation {', '.join(strange)}"[:LONGEST])
    if missing := [name for name in operations if back_end not in table[name]]:
        others = [name for name in BACK_ENDS if all(name in table[each] for each in missing)]
        words = f"TensorFlow.js {RELEASE} has no kernel for {', '.join(missing)} on {back_end}"
        return Refusal("admit", "unsupported-operation", words[:LONGEST], f"it has on {', '.join(others)}" if others else "")
    return None
