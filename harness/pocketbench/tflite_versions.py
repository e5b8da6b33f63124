"""Which TensorFlow Lite operations each runtime knows, and in which versions. Pure; the table and its sources: ``tflite_versions.csv``."""

import csv
import functools
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pocketbench.model import Refusal
from pocketbench.tflite_reader import CUSTOM, FLEX

_TABLE = Path(__file__).with_suffix(".csv")
# The releases that the table was asked of, by the runtime's name in suites and reports.
RELEASES = {"litert": "LiteRT 2.3.0", "tflite": "TensorFlow Lite 2.16.1", "tflite-runtime": "tflite-runtime 2.14.0"}
# What the form old_ops of the format tflite writes in an older version.
OLD_OPS = {"FULLY_CONNECTED v12"}


def unknown(operations: Iterable[str], runtime: str) -> tuple[str, ...]:
    """Those of an anatomy's operations ("NAME vVERSION") that a runtime has no kernel for, in the order given. Raises KeyError for no such runtime."""
    table = known(runtime)
    return tuple(operation for operation in operations if _version(operation) not in table.get(_name(operation), ()))


@functools.cache
def known(runtime: str) -> Mapping[str, range]:
    """Every operation that a runtime knows, with its versions. Raises KeyError for a runtime that is not in the table."""
    with _TABLE.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        return {row["operation"]: _versions(row[runtime]) for row in rows if row[runtime]}


def refusal(operations: Iterable[str], runtime: str) -> Refusal | None:
    """Why a runtime cannot run a file with these operations (stage ``admit``); None where it knows them all.

    ``export-only`` names operations of TensorFlow itself, ``operation-version`` what the runtime does not know and what would help.
    """
    missing = unknown(operations, runtime)
    if flex := [_name(operation) for operation in missing if operation.startswith(FLEX)]:
        return Refusal("admit", "export-only", f"{runtime} runs no Select TF operations, and the file has {', '.join(flex)}; its sizes are reported")
    if not missing:
        return None
    said = "; ".join(_said(operation, runtime) for operation in missing)
    return Refusal("admit", "operation-version", f"{RELEASES[runtime]} has {said}", hint=_hint(missing))


def _said(operation: str, runtime: str) -> str:
    """What a runtime has instead of an operation of the file."""
    name, versions = _name(operation), known(runtime).get(_name(operation))
    if name.startswith(CUSTOM):
        return f"no kernel for the custom operation {name.removeprefix(CUSTOM)}"
    if versions is None:
        return f"no operation {name}"
    return f"{name} up to version {versions[-1]}, and the file has version {_version(operation)}"


def _hint(missing: Sequence[str]) -> str:
    """What would make a file that the runtime can run."""
    if OLD_OPS.issuperset(missing):
        return 'write forms = ["", "old_ops"] in [matrix]: the form old_ops has it in a version that older runtimes know'
    return "convert the model without it" if len(missing) == 1 else "convert the model without them"


def _versions(cell: str) -> range:
    """The versions from the lowest to the highest."""
    low, high = map(int, cell.split("-"))
    return range(low, high + 1)


def _name(operation: str) -> str:
    """The operation's name without its version."""
    return operation.rpartition(" v")[0]


def _version(operation: str) -> int:
    """The operation's version, 0 where it is no number."""
    version = operation.rpartition(" v")[2]
    return int(version) if version.isdecimal() else 0
