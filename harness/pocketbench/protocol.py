"""Orders to a runner and its reports, as the host writes and reads them.

A job is a list of orders; each is one process on the device and one report. The order is ``order.json``; the report is
``report.jsonl``: first line ``hello``, last line ``done`` or ``failed``. Tensors travel beside them as raw little-endian
files. Schemas and golden examples: ``android_app/protocol/``. The host installs its own runners, so there is one
protocol number and any other is refused.

Reports come from devices: every line is bounded and typed here before anything else sees it.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from pocketbench.errors import ProtocolError
from pocketbench.reasons import REASONS

PROTOCOL = 1
ORDER = "order.json"
REPORT = "report.jsonl"

MAX_REPORT_BYTES = 256 * 1024 * 1024
MAX_LINE_BYTES = 64 * 1024 * 1024
MAX_LINES = 64
MAX_SAMPLES = 1_000_000
MAX_INT = 2**63 - 1

Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_INT)]
Several = Annotated[int, msgspec.Meta(ge=1, le=MAX_INT)]


class Phase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One phase of a timing order: load, first, warmup or steady.

    It goes on until ``min_runs`` and ``min_ns`` are both reached, and ends at ``max_runs`` or ``max_ns`` (0: no such
    bound) but never before ``min_runs``. A run is one sample; times are nanoseconds of the runner's monotonic clock.
    With no bound at all it ends as soon as both minima are reached; a runner keeps at most MAX_SAMPLES of one phase.
    """

    phase: str
    min_runs: int = 1
    min_ns: int = 0
    max_runs: int = 0
    max_ns: int = 0


class TensorFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A raw little-endian file of ``rows`` tensors of one ``shape`` and ``dtype``, beside the order."""

    name: str
    file: str
    shape: tuple[int, ...]
    dtype: str


class Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one runner process is to do: ``kind`` is timing, outputs or memory.

    ``batch`` inferences make one sample of warmup and steady (a load and a first inference are single by nature).
    ``stateful`` resets the model before each row. Timing and memory use the first row of the inputs.
    """

    protocol: int
    order: str
    kind: str
    engine: str
    model: str
    accelerator: str
    threads: int
    options: dict[str, str]
    rows: int
    inputs: tuple[TensorFile, ...]
    outputs: tuple[TensorFile, ...]
    phases: tuple[Phase, ...] = ()
    batch: int = 1
    stateful: bool = False


class Hello(msgspec.Struct, frozen=True, tag_field="event", tag="hello"):
    """The first line: who speaks. ``clock_step_ns`` is the smallest step its clock showed."""

    protocol: int
    order: str
    runner: str
    engine: str
    engine_version: str
    pid: Count
    clock_step_ns: Count


class Executed(msgspec.Struct, frozen=True, tag_field="event", tag="executed"):
    """Proof of execution in the engine's own words."""

    executed_on: str
    driver: str = ""
    execution: Literal["full", "partial", "none", "unknown"] = "unknown"
    delegated: Count | None = None
    operations: Count | None = None


class Samples(msgspec.Struct, frozen=True, tag_field="event", tag="samples"):
    """The samples of one phase, in order: nanoseconds, each the sum over ``batch`` inferences."""

    phase: str
    ns: Annotated[list[Count], msgspec.Meta(max_length=MAX_SAMPLES)]
    batch: Several = 1


class Memory(msgspec.Struct, frozen=True, tag_field="event", tag="memory"):
    """The process's high-water mark of resident memory just before load and at its end, in bytes."""

    before_load_bytes: Count
    peak_bytes: Count


class Outputs(msgspec.Struct, frozen=True, tag_field="event", tag="outputs"):
    """How many rows of outputs were written to the order's output files."""

    rows: Count


class Done(msgspec.Struct, frozen=True, tag_field="event", tag="done"):
    """The last line of a report that holds all that was ordered."""


class FailedOrder(msgspec.Struct, frozen=True, tag_field="event", tag="failed"):
    """The last line of a report that does not; ``reason`` is from the closed list."""

    stage: str
    reason: str
    message: str


Line = Hello | Executed | Samples | Memory | Outputs | Done | FailedOrder


@dataclass(frozen=True, slots=True)
class Report:
    """One report, read. ``end`` is None where the report has no last line: the runner was ended before it was done."""

    hello: Hello
    executed: Executed | None = None
    samples: list[Samples] = field(default_factory=list)
    memory: Memory | None = None
    outputs: Outputs | None = None
    end: Done | FailedOrder | None = None


def write_order(order: Order, folder: Path) -> Path:
    """Write ``order.json`` into ``folder`` and return its path."""
    path = folder / ORDER
    path.write_bytes(msgspec.json.format(msgspec.json.encode(order), indent=2) + b"\n")
    return path


def read_report(text: str | bytes, order: Order) -> Report:
    """Read what a runner said to ``order``. Pure; bounded in size, lines and samples.

    A report cut short (no last line, or a line broken off at the end) is returned with ``end`` None. Raises
    ProtocolError for anything else that is not a report of this order: no hello at its start, another protocol number,
    order or engine, a line that is not of the protocol, a second line of its kind, a line after the last, a ``done``
    before all that was ordered.
    """
    lines = _lines(text)
    hello = lines[0] if lines else None
    if not isinstance(hello, Hello):
        raise ProtocolError("the report does not begin with a hello")
    _check_hello(hello, order)
    report = _gathered(hello, lines[1:], order)
    if isinstance(report.end, Done):
        _check_complete(report, order)
    return report


def schemas() -> dict[str, dict[str, Any]]:
    """The JSON Schemas of an order and of one line of a report, by name."""
    return {"order": msgspec.json.schema(Order), "report": msgspec.json.schema(Line)}


_DECODER: msgspec.json.Decoder[Line] = msgspec.json.Decoder(Line)


def _lines(text: str | bytes) -> list[Line]:
    """Decode every line, leaving out one that is broken off at the end."""
    raw = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if len(raw) > MAX_REPORT_BYTES:
        raise ProtocolError(f"the report has {len(raw)} bytes, more than {MAX_REPORT_BYTES}")
    *whole, last = raw.split(b"\n", MAX_LINES + 1)
    if len(whole) > MAX_LINES:
        raise ProtocolError(f"the report has more than {MAX_LINES} lines")
    lines = [_line(number, one) for number, one in enumerate(whole, 1)]
    try:
        return [*lines, _line(len(whole) + 1, last)]
    except ProtocolError:
        if last and lines and isinstance(lines[-1], Done | FailedOrder):
            raise
        return lines


def _line(number: int, raw: bytes) -> Line:
    """Decode one line."""
    if len(raw) > MAX_LINE_BYTES:
        raise ProtocolError(f"line {number} of the report has {len(raw)} bytes, more than {MAX_LINE_BYTES}")
    try:
        return _DECODER.decode(raw)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise ProtocolError(f"line {number} of the report is not of the protocol: {error}") from error


def _check_hello(hello: Hello, order: Order) -> None:
    """Refuse another protocol, another order's report and another engine."""
    if hello.protocol != PROTOCOL:
        raise ProtocolError(
            f"the runner speaks protocol {hello.protocol}, this host speaks {PROTOCOL}", hint="install the runner that comes with this pocketbench"
        )
    if hello.order != order.order:
        raise ProtocolError(f"the report answers order {hello.order!r}, not {order.order!r}")
    if hello.engine != order.engine:
        raise ProtocolError(f"the report is of engine {hello.engine!r}, the order wants {order.engine!r}")


def _gathered(hello: Hello, lines: list[Line], order: Order) -> Report:
    """Sort the lines after the hello into a report, each kind once and nothing after the end."""
    found: dict[str, Any] = {}
    samples: list[Samples] = []
    for line in lines:
        if "end" in found:
            raise ProtocolError("the report goes on after its last line")
        if isinstance(line, Samples):
            samples.append(_expected(line, samples, order))
            continue
        kind = "end" if isinstance(line, Done | FailedOrder) else type(line).__name__.lower()
        if kind == "hello" or kind in found:
            raise ProtocolError(f"the report holds a second {kind} line")
        found[kind] = line
    end = found.get("end")
    if isinstance(end, FailedOrder) and end.reason not in REASONS:
        raise ProtocolError(f"the runner failed for an unknown reason {end.reason!r}: {end.message}")
    return Report(hello=hello, samples=samples, **found)


def _expected(line: Samples, before: list[Samples], order: Order) -> Samples:
    """Refuse samples of a phase that was not ordered or was already reported."""
    ordered = [phase.phase for phase in order.phases]
    if line.phase not in ordered or line.phase in [other.phase for other in before]:
        raise ProtocolError(f"samples of phase {line.phase!r} were not ordered, or not twice; ordered: {', '.join(ordered) or 'none'}")
    return line


def _check_complete(report: Report, order: Order) -> None:
    """Refuse a ``done`` before all that was ordered. Memory may be missing: not every system shows a high-water mark."""
    counts = {line.phase: len(line.ns) for line in report.samples}
    for phase in order.phases:
        if counts.get(phase.phase, 0) < phase.min_runs:
            raise ProtocolError(f"phase {phase.phase} has {counts.get(phase.phase, 0)} samples, at least {phase.min_runs} were ordered")
    if order.kind == "outputs" and (report.outputs is None or report.outputs.rows != order.rows):
        raise ProtocolError(f"{report.outputs.rows if report.outputs else 0} rows of outputs were written, {order.rows} were ordered")
    if report.executed is None:
        raise ProtocolError("the report is done without saying what executed")
