"""Orders to a runner and its reports, as the host writes and reads them.

A job is a list of orders; each is one process on the device and one report. The order is ``order.json``; the report is
``report.jsonl``: first line ``hello``, last line ``done`` or ``failed``. Tensors travel beside them as raw little-endian
files. Schemas and golden examples: ``android_app/protocol/``. The host installs its own runners, so there is one
protocol number and any other is refused.

Reports come from devices: every line is bounded and typed here before anything else sees it.
"""

from collections.abc import Iterable

import msgspec

from pocketbench.errors import ProtocolError

PROTOCOL = 1
MAX_LINE_BYTES = 64 * 1024 * 1024
MAX_REPORT_BYTES = 256 * 1024 * 1024


class Phase(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One phase of a timing order: load, first, warmup or steady.

    It goes on until ``min_runs`` and ``min_ns`` are both reached, and ends at ``max_runs`` or ``max_ns`` (0: no such
    bound) but never before ``min_runs``. A run is one sample; times are nanoseconds of the runner's monotonic clock.
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

    ``batch`` inferences make one sample. ``stateful`` resets the model before each row.
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
    pid: int
    clock_step_ns: int


class Executed(msgspec.Struct, frozen=True, tag_field="event", tag="executed"):
    """Proof of execution in the engine's own words."""

    executed_on: str
    driver: str = ""
    execution: str = "unknown"
    delegated: int | None = None
    operations: int | None = None


class Samples(msgspec.Struct, frozen=True, tag_field="event", tag="samples"):
    """The samples of one phase, in order: nanoseconds, each the sum over ``batch`` inferences."""

    phase: str
    ns: list[int]
    batch: int = 1


class Memory(msgspec.Struct, frozen=True, tag_field="event", tag="memory"):
    """The process's high-water mark of resident memory just before load and at its end, in bytes."""

    before_load_bytes: int
    peak_bytes: int


class Outputs(msgspec.Struct, frozen=True, tag_field="event", tag="outputs"):
    """How many rows of outputs were written to the order's output files."""

    rows: int


class Done(msgspec.Struct, frozen=True, tag_field="event", tag="done"):
    """The last line of a report that holds all that was ordered."""


class FailedOrder(msgspec.Struct, frozen=True, tag_field="event", tag="failed"):
    """The last line of a report that does not; ``reason`` is from the closed list."""

    stage: str
    reason: str
    message: str


Line = Hello | Executed | Samples | Memory | Outputs | Done | FailedOrder
