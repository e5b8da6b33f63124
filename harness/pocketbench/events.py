"""What a run says while it goes on: one struct an event. The door turns them into a progress bar, lines or JSON."""

from collections.abc import Callable

import msgspec


class Event(msgspec.Struct, frozen=True, tag_field="event", tag=lambda name: "".join(f"-{c.lower()}" if c.isupper() else c for c in name).strip("-")):
    """The root of all events; the JSON tag is the class's name in lower case with hyphens."""


class Planned(Event, frozen=True):
    """How much there is to do."""

    variants: int
    jobs: int
    skips: int


class ModelOpening(Event, frozen=True):
    """A source is being opened (and trained, when it is a zoo model seen for the first time)."""

    model: str
    framework: str


class ModelOpened(Event, frozen=True):
    """A source was opened; ``cached`` when nothing had to be made."""

    model: str
    framework: str
    cached: bool
    seconds: float


class RunStarted(Event, frozen=True):
    """The run's folder exists."""

    run: str


class Converting(Event, frozen=True):
    """A variant is being converted and checked, or found."""

    variant: str


class Converted(Event, frozen=True):
    """A variant became an artifact; ``seconds`` are for converting and checking it."""

    variant: str
    cached: bool
    seconds: float
    size_bytes: int
    flaws: tuple[str, ...]


class ConversionFailed(Event, frozen=True):
    """A variant could not be converted; its jobs become failed rows, or skipped ones where there was nothing to try."""

    variant: str
    reason: str
    message: str


class DeviceBusy(Event, frozen=True):
    """Another run measures on the device; this one waits."""

    device: str


class DeviceWaiting(Event, frozen=True):
    """A device is too hot, or its battery too low, for the suite's gate, and is waited for."""

    device: str
    why: str


class DeviceStarted(Event, frozen=True):
    """One of several devices begins with its jobs; they are measured side by side."""

    device: str
    jobs: int


class DeviceTold(Event, frozen=True):
    """Something about a device that a person should know: it does not answer and is brought back, it was set aside."""

    device: str
    message: str


class Sending(Event, frozen=True):
    """A large file is on its way to a device."""

    device: str
    file: str
    sent_bytes: int
    size_bytes: int


class EnvironmentMaking(Event, frozen=True):
    """An environment of its own is being made for an engine, or for what converts a ``variant``: its packages are fetched and installed."""

    environment: str
    variant: str = ""


class AppBuilding(Event, frozen=True):
    """The Android app is being built for the phones of the run, or found."""


class JobStarted(Event, frozen=True):
    """A job is being measured."""

    job: str


class JobEnded(Event, frozen=True):
    """A job has its record. ``latency_median_ns`` is None unless it ran and was timed."""

    job: str
    status: str
    seconds: float = 0.0
    latency_median_ns: float | None = None
    reason: str = ""
    message: str = ""
    flaws: tuple[str, ...] = ()


class RunEnded(Event, frozen=True):
    """The last event: where the records are and how many rows of each status they hold."""

    run: str
    ok: int
    failed: int
    skipped: int


Listener = Callable[[Event], None]


def unheard(event: Event) -> None:
    """Listen, and do nothing: what a device tells before a run listens."""
