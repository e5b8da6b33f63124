"""What goes over the wire: orders and the lines of reports."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

import msgspec

PROTOCOL = 1
ORDER = "order.json"
REPORT = "report.jsonl"

MAX_REPORT_BYTES = 256 * 1024 * 1024
MAX_LINE_BYTES = 64 * 1024 * 1024
MAX_LINES = 64
MAX_SAMPLES = 1_000_000
MAX_INT = 2**63 - 1
MAX_CORES = 64
BEFORE = "before"

Count = Annotated[int, msgspec.Meta(ge=0, le=MAX_INT)]
Several = Annotated[int, msgspec.Meta(ge=1, le=MAX_INT)]
Khz = Annotated[tuple[int | None, ...], msgspec.Meta(max_length=MAX_CORES)]


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
    """What one runner process is to do: ``kind`` is timing, outputs, memory or serve.

    ``batch`` inferences make one sample of warmup and steady (a load and a first inference are single by nature).
    ``stateful`` resets the model before each row. Timing and memory use the first row of the inputs. ``serve`` says how an order of
    that kind is asked for inferences, ``socket`` or ``http``; it has rows of its own choice, whose shape and dtype the inputs tell.
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
    serve: Literal["", "socket", "http"] = ""


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
    """The samples of one phase, in order: nanoseconds, each the sum over ``batch`` inferences.

    Of a runner that asks a service each is of round trips, and ``inference_ns`` has what the service says that the inferences in it took.
    """

    phase: str
    ns: Annotated[list[Count], msgspec.Meta(max_length=MAX_SAMPLES)]
    batch: Several = 1
    inference_ns: Annotated[list[Count], msgspec.Meta(max_length=MAX_SAMPLES)] = []


class Memory(msgspec.Struct, frozen=True, tag_field="event", tag="memory"):
    """The process's high-water mark of resident memory just before load and at its end, in bytes."""

    before_load_bytes: Count
    peak_bytes: Count


class Outputs(msgspec.Struct, frozen=True, tag_field="event", tag="outputs"):
    """How many rows of outputs were written to the order's output files."""

    rows: Count


class Serving(msgspec.Struct, frozen=True, tag_field="event", tag="serving"):
    """A service listens: on which port of the device's loopback, and what it knows its client by. It goes on until that says to stop."""

    port: Annotated[int, msgspec.Meta(ge=1, le=65535)]
    token: Annotated[str, msgspec.Meta(min_length=16, max_length=200)]


class Conditions(msgspec.Struct, frozen=True, tag_field="event", tag="conditions"):
    """How the device was ``at`` a moment: ``before`` the first phase, or right after the phase of that name (``memory`` is that of an order of that kind).

    In Android's own numbers, as the device tells them and None where it does not: ``thermal_status`` of PowerManager (0 none to 6 shutdown),
    ``battery_status`` and ``plugged`` of BatteryManager, frequencies in kHz, a number a core: now, what it may reach now, what it could.
    """

    at: Annotated[str, msgspec.Meta(max_length=20)]
    thermal_status: int | None = None
    battery_percent: float | None = None
    battery_celsius: float | None = None
    battery_status: int | None = None
    plugged: int | None = None
    available_bytes: int | None = None
    low_memory: bool | None = None
    cpu_khz: Khz = ()
    cpu_max_khz: Khz = ()
    cpu_top_khz: Khz = ()
    in_front: bool | None = None
    awake: bool | None = None
    power_save: bool | None = None
    debuggable: bool | None = None


class Done(msgspec.Struct, frozen=True, tag_field="event", tag="done"):
    """The last line of a report that holds all that was ordered."""


class FailedOrder(msgspec.Struct, frozen=True, tag_field="event", tag="failed"):
    """The last line of a report that does not; ``reason`` is from the closed list."""

    stage: str
    reason: str
    message: str


Line = Hello | Serving | Executed | Samples | Memory | Outputs | Conditions | Done | FailedOrder


@dataclass(frozen=True, slots=True)
class Report:
    """One report, read. ``end`` is None where the report has no last line: the runner was ended before it was done."""

    hello: Hello
    serving: Serving | None = None
    executed: Executed | None = None
    samples: list[Samples] = field(default_factory=list)
    memory: Memory | None = None
    outputs: Outputs | None = None
    conditions: list[Conditions] = field(default_factory=list)
    end: Done | FailedOrder | None = None
