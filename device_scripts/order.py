"""Orders, read and refused: what cannot be kept is said before any engine is opened."""

import json
import math
from pathlib import Path
from typing import Any

PROTOCOL = 1
MAX_ORDER_BYTES = 16 * 1024 * 1024
# The most samples kept of one phase: a phase without max_runs ends here at the latest.
MAX_SAMPLES = 1_000_000

FIELDS = {"order": str, "kind": str, "engine": str, "model": str, "accelerator": str, "threads": int, "options": dict, "rows": int,
          "inputs": list, "outputs": list, "phases": list, "batch": int, "stateful": bool, "serve": str}  # fmt: skip
DEFAULTS = {"phases": [], "batch": 1, "stateful": False, "serve": ""}
PHASE = {"min_runs": 1, "min_ns": 0, "max_runs": 0, "max_ns": 0}
KINDS = ("timing", "outputs", "memory", "serve")
TRANSPORTS = ("socket", "http")
PHASES = ("load", "first", "warmup", "steady")
DTYPES = {"bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32", "float64"}

Json = dict[str, Any]


class Refused(Exception):
    """The order cannot be carried out: a reason from the harness's closed list, and a message."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def read_order(path: Path) -> Json:
    """Read an order, defaults filled in."""
    if path.stat().st_size > MAX_ORDER_BYTES:
        raise Refused("protocol", f"order.json has more than {MAX_ORDER_BYTES} bytes")
    try:
        order = json.loads(path.read_text(encoding="utf-8"))
        order = {**DEFAULTS, **order}
        return {**order, "phases": [{**PHASE, **phase} for phase in order["phases"]]}
    except (ValueError, TypeError, RecursionError) as error:
        raise Refused("protocol", f"order.json is not an order: {error}") from error


def check_order(order: Json, folder: Path) -> None:
    """Refuse an order that is not of this protocol, or that names anything outside its folder."""
    if order.get("protocol") != PROTOCOL:
        raise Refused("protocol", f"the order is of protocol {order.get('protocol')!r}, this runner speaks {PROTOCOL}")
    for key, kind in FIELDS.items():
        if type(order.get(key)) is not kind:
            raise Refused("protocol", f"{key} must be of type {kind.__name__}, got {order.get(key)!r:.100}")
    if order["kind"] not in KINDS or order["rows"] < 1 or not 1 <= order["batch"] <= MAX_SAMPLES:
        raise Refused("protocol", f"kind {order['kind']!r}, {order['rows']} rows, batch {order['batch']}: not an order")
    if order["serve"] not in (TRANSPORTS if order["kind"] == "serve" else ("",)):
        raise Refused("protocol", f"a {order['kind']} order with serve {order['serve']!r:.40}: it is {' or '.join(TRANSPORTS)}, for an order to serve")
    _check_phases(order)
    _check_files(order, folder)


def _check_phases(order: Json) -> None:
    """A timing order begins with load and names each phase once, one to serve has load alone, with bounds that fit the arrays made beforehand."""
    names = [str(phase.get("phase")) for phase in order["phases"]]
    fits = {"timing": names[:1] == ["load"] and set(names) <= set(PHASES), "serve": names == ["load"]}.get(order["kind"], not names)
    if not fits or len(set(names)) != len(names):
        raise Refused(
            "protocol", f"a {order['kind']} order with phases {names}: timing has load first and each of {', '.join(PHASES)} once, serve load, others none"
        )
    for phase in order["phases"]:
        if any(type(phase[key]) is not int or phase[key] < 0 for key in PHASE) or not 1 <= phase["min_runs"] <= MAX_SAMPLES:
            raise Refused("protocol", f"phase {phase['phase']} has bounds that cannot be kept: {phase}")


def _check_files(order: Json, folder: Path) -> None:
    """Every file lies inside the folder, is named for one purpose only, and an input holds as many bytes as its rows have."""
    tensors = [*order["inputs"], *order["outputs"]]
    for tensor in tensors:
        if (
            not isinstance(tensor, dict)
            or [type(tensor.get(key)) for key in ("name", "file", "shape", "dtype")] != [str, str, list, str]
            or tensor["dtype"] not in DTYPES
        ):
            raise Refused("protocol", f"not a tensor: {tensor!r:.200}")
        if any(type(size) is not int or size < 1 for size in tensor["shape"]):
            raise Refused("shape-mismatch", f"{tensor['name']}: every size must be 1 or more, got {tensor['shape']}")
    files = [order["model"], *(tensor["file"] for tensor in tensors)]
    taken = [inside(folder, name) for name in ("order.json", "report.jsonl", *files)]
    if len(set(taken)) != len(taken):
        raise Refused("protocol", f"two tensors share a file, or one has a file of the order's own: {files}")
    for tensor in order["inputs"]:
        path, wanted = folder / tensor["file"], order["rows"] * row_bytes(tensor)
        size = path.stat().st_size if path.is_file() else -1
        if size != wanted:
            raise Refused("shape-mismatch", f"{tensor['file']} holds {size} bytes, {order['rows']} rows of {tensor['shape']} {tensor['dtype']} are {wanted}")


def inside(folder: Path, name: str) -> Path:
    """The file of that name in the folder; refused when it lies elsewhere."""
    path = (folder / name.replace("\0", "")).resolve()
    if not name or "\0" in name or Path(name).is_absolute() or ".." in Path(name).parts or not path.is_relative_to(folder) or path == folder:
        raise Refused("protocol", f"{name!r:.200} is not a file inside the order's folder")
    return path


def itemsize(dtype: str) -> int:
    """Bytes of one element."""
    return 1 if dtype == "bool" else int(dtype.lstrip("uintfloa")) // 8


def row_bytes(tensor: Json) -> int:
    """Bytes of one row of a tensor."""
    return itemsize(tensor["dtype"]) * math.prod(tensor["shape"])
