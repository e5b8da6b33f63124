"""Orders to a runner and its reports, as the host writes and reads them.

A job is a list of orders; each is one process on the device and one report. The order is ``order.json``; the report is
``report.jsonl``: first line ``hello``, last line ``done`` or ``failed``. Tensors travel beside them as raw little-endian
files. Schemas and golden examples: ``android_app/protocol/``. The host installs its own runners, so there is one
protocol number and any other is refused.

Reports come from devices: every line is bounded and typed here before anything else sees it.
"""

from pathlib import Path
from typing import Any

import msgspec

from pocketbench.protocol.messages import (
    BEFORE,
    MAX_LINE_BYTES,
    MAX_LINES,
    MAX_REPORT_BYTES,
    MAX_SAMPLES,
    ORDER,
    PROTOCOL,
    REPORT,
    Conditions,
    Done,
    Executed,
    FailedOrder,
    Hello,
    Line,
    Memory,
    Order,
    Outputs,
    Phase,
    Report,
    Samples,
    Serving,
    TensorFile,
)
from pocketbench.protocol.reading import read_report

__all__ = [
    "BEFORE",
    "MAX_LINES",
    "MAX_LINE_BYTES",
    "MAX_REPORT_BYTES",
    "MAX_SAMPLES",
    "ORDER",
    "PROTOCOL",
    "REPORT",
    "Conditions",
    "Done",
    "Executed",
    "FailedOrder",
    "Hello",
    "Line",
    "Memory",
    "Order",
    "Outputs",
    "Phase",
    "Report",
    "Samples",
    "Serving",
    "TensorFile",
    "read_report",
    "schemas",
    "write_order",
]


def write_order(order: Order, folder: Path) -> Path:
    """Write ``order.json`` into ``folder`` and return its path."""
    path = folder / ORDER
    path.write_bytes(msgspec.json.format(msgspec.json.encode(order), indent=2) + b"\n")
    return path


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schemas of an order and of one line of a report, by name."""
    return {"order": msgspec.json.schema(Order), "report": msgspec.json.schema(Line)}
