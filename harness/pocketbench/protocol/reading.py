"""Reports read: typed, bounded, pure."""

from typing import Any

import msgspec

from pocketbench.errors import ProtocolError
from pocketbench.protocol.messages import (
    BEFORE,
    MAX_LINE_BYTES,
    MAX_LINES,
    MAX_REPORT_BYTES,
    PROTOCOL,
    Conditions,
    Done,
    FailedOrder,
    Hello,
    Line,
    Order,
    Report,
    Samples,
)
from pocketbench.reasons import REASONS


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
    conditions: list[Conditions] = []
    for line in lines:
        if "end" in found:
            raise ProtocolError("the report goes on after its last line")
        if isinstance(line, Samples):
            samples.append(_expected(line, samples, order))
            continue
        if isinstance(line, Conditions):
            conditions.append(_moment(line, conditions, order))
            continue
        kind = "end" if isinstance(line, Done | FailedOrder) else type(line).__name__.lower()
        if kind == "hello" or kind in found:
            raise ProtocolError(f"the report holds a second {kind} line")
        found[kind] = line
    end = found.get("end")
    if isinstance(end, FailedOrder) and end.reason not in REASONS:
        raise ProtocolError(f"the runner failed for an unknown reason {end.reason!r}: {end.message}")
    return Report(hello=hello, samples=samples, conditions=conditions, **found)


def _expected(line: Samples, before: list[Samples], order: Order) -> Samples:
    """Refuse samples of a phase that was not ordered or was already reported, or of which not each tells the inference in it."""
    ordered = [phase.phase for phase in order.phases]
    if line.phase not in ordered or line.phase in [other.phase for other in before]:
        raise ProtocolError(f"samples of phase {line.phase!r} were not ordered, or not twice; ordered: {', '.join(ordered) or 'none'}")
    if line.inference_ns and len(line.inference_ns) != len(line.ns):
        raise ProtocolError(f"phase {line.phase} has {len(line.ns)} samples, and {len(line.inference_ns)} of the inferences in them")
    return line


def _moment(line: Conditions, before: list[Conditions], order: Order) -> Conditions:
    """Refuse conditions of a moment that the order has not, or of one twice."""
    if line.at not in (BEFORE, *_phases(order)) or line.at in [other.at for other in before]:
        raise ProtocolError(f"conditions at {line.at!r} are of no phase that was ordered, or not the first")
    return line


def _phases(order: Order) -> list[str]:
    """The phases of an order; one that looks at memory is one phase."""
    return [order.kind] if order.kind == "memory" else [phase.phase for phase in order.phases]


def _check_complete(report: Report, order: Order) -> None:
    """Refuse a ``done`` before all that was ordered. Memory may be missing: not every system shows a high-water mark."""
    counts = {line.phase: len(line.ns) for line in report.samples}
    for phase in order.phases:
        if counts.get(phase.phase, 0) < phase.min_runs:
            raise ProtocolError(f"phase {phase.phase} has {counts.get(phase.phase, 0)} samples, at least {phase.min_runs} were ordered")
    if order.kind == "outputs" and (report.outputs is None or report.outputs.rows != order.rows):
        raise ProtocolError(f"{report.outputs.rows if report.outputs else 0} rows of outputs were written, {order.rows} were ordered")
    if order.kind == "serve" and report.serving is None:
        raise ProtocolError("the report is done, and the service never said that it listened")
    if report.executed is None:
        raise ProtocolError("the report is done without saying what executed")
