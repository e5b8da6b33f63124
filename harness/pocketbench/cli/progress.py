"""Progress on stderr: a bar with the time left on a terminal, one line an event elsewhere, JSON lines on stdout on request."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from pocketbench import events
from pocketbench.events import Event, Listener

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from pocketbench.frames import Runs

WIDE = 200
# Events that say on a bar what is being done.
_CONVERTING = (events.ModelOpening, events.Converting)
_MEASURING = (events.EnvironmentMaking, events.DeviceWaiting, events.Sending, events.JobStarted)


@contextmanager
def listener(*, as_json: bool) -> Iterator[Listener]:
    """Give the listener that fits: JSON when asked for, a bar on a terminal, lines elsewhere."""
    if as_json:
        yield lambda event: click.echo(msgspec.json.encode(event))
    elif sys.stderr.isatty():
        with _progress() as progress:
            yield _Bar(progress)
    else:
        yield _line


def reported(ended: events.RunEnded) -> "Runs":
    """Write the report of a run that ended, and return the run, read."""
    from pocketbench import frames, report

    runs = frames.load(ended.run, results=Path(ended.run).parent.parent)
    report.html(runs)
    return runs


def conclude(ended: events.RunEnded, runs: "Runs") -> None:
    """Print the table of a run that ended, and where its report is."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from pocketbench import report

    columns, rows = report.table(runs)
    table = Table(*columns, box=None, header_style="bold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    Console(width=None if sys.stdout.isatty() else WIDE).print(table)
    click.echo(f"{ended.ok} ok, {ended.failed} failed, {ended.skipped} skipped")
    click.echo(f"report: {Path(ended.run) / 'report.html'}")


def _progress() -> "Progress":
    """A bar with the time left, on stderr."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
    from rich.table import Column

    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}", table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis")),
        BarColumn(bar_width=16),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), expand=True)


class _Bar:
    """Turns events into bars: variants converted, jobs measured, and one for each of several devices."""

    def __init__(self, progress: "Progress") -> None:
        """Draw on ``progress``."""
        self.progress = progress
        self.bars: dict[str, TaskID] = {}

    def __call__(self, event: Event) -> None:
        """Move the bar that the event is about, and print what should stay on the screen."""
        if isinstance(event, events.Planned):
            self.bars = {name: self.progress.add_task(name, total=total) for name, total in (("convert", event.variants), ("measure", event.jobs)) if total}
        elif isinstance(event, events.DeviceStarted):
            self.bars[event.device] = self.progress.add_task(event.device, total=event.jobs)
        elif isinstance(event, (*_CONVERTING, *_MEASURING)) and (bar := self._bar(event)) in self.bars:
            self.progress.update(self.bars[bar], description=said(event))
        elif isinstance(event, (events.Converted, events.ConversionFailed)):
            self.progress.advance(self.bars["convert"])
        elif isinstance(event, events.JobEnded) and event.status != "skipped":
            for bar in {"measure", self._bar(event)}:
                self.progress.advance(self.bars[bar])
        if _stays(event):
            self.progress.console.print(said(event), markup=False, highlight=False)

    def _bar(self, event: Event) -> str:
        """The bar that an event is about: of its device, or of all jobs where there is only one."""
        if isinstance(event, _CONVERTING) or (isinstance(event, events.EnvironmentMaking) and event.variant):
            return "convert"
        device = getattr(event, "device", "") or getattr(event, "job", "").rpartition("@")[2]
        return device if device in self.bars else "measure"


def _line(event: Event) -> None:
    """Print one line an event."""
    text = said(event)
    if text:
        click.echo(text, err=True)


def _stays(event: Event) -> bool:
    """Whether an event is worth a line that stays beside the bar: what failed."""
    return isinstance(event, (events.ConversionFailed, events.DeviceBusy, events.DeviceTold)) or (
        isinstance(event, events.JobEnded) and event.status == "failed"
    )


def said(event: Event) -> str:
    """Say an event in one line."""
    say = _SENTENCES.get(type(event))
    return say(event) if say else ""


def _opened(event: events.ModelOpened) -> str:
    """Say whether a model had to be opened."""
    return f"opened {event.model} ({event.framework}){' from the cache' if event.cached else ''} in {event.seconds:.1f} s"


def _converted(event: events.Converted) -> str:
    """Say what a variant became."""
    made = "found in the cache" if event.cached else f"converted and checked in {event.seconds:.1f} s"
    return f"{event.variant}: {made}, {event.size_bytes} bytes{_flaws(event.flaws)}"


def _ended(event: events.JobEnded) -> str:
    """Say how a job ended."""
    if event.status == "ok":
        took = f"ran, not timed, in {event.seconds:.1f} s" if event.latency_median_ns is None else _timed(event.latency_median_ns, event.seconds)
        return f"{event.job}: {took}{_flaws(event.flaws)}"
    return f"{event.job}: {event.status}: {event.reason}: {event.message}"


def _timed(median_ns: float, seconds: float) -> str:
    """Say how fast a job is."""
    from pocketbench.charts import words

    return f"median {words.duration(median_ns)}, measured in {seconds:.1f} s"


def _planned(event: events.Planned) -> str:
    """Say how much there is to do; converting alone has no jobs."""
    jobs = f"{event.jobs} jobs of " if event.jobs or not event.variants else ""
    return f"{jobs}{event.variants} variants, {event.skips} skips"


def _flaws(flaws: tuple[str, ...]) -> str:
    """Flaws at the end of a line."""
    return f" [{' '.join(flaws)}]" if flaws else ""


_SENTENCES: dict[type[Event], Callable[[Any], str]] = {
    events.Planned: _planned,
    events.ModelOpening: lambda event: f"opening {event.model} ({event.framework})",
    events.ModelOpened: _opened,
    events.RunStarted: lambda event: f"run {event.run}",
    events.Converting: lambda event: f"converting {event.variant}",
    events.Converted: _converted,
    events.ConversionFailed: lambda event: f"{event.variant}: not converted: {event.reason}: {event.message}",
    events.DeviceTold: lambda event: f"{event.device}: {event.message}",
    events.Sending: lambda event: f"{event.device}: sending {event.file}, {event.sent_bytes >> 20} of {event.size_bytes >> 20} MiB",
    events.DeviceWaiting: lambda event: f"{event.device}: {event.why}: waiting",
    events.DeviceBusy: lambda event: f"another run measures on {event.device}: waiting for it to end",
    events.EnvironmentMaking: lambda event: f"making the environment {event.environment}: its packages are fetched once",
    events.AppBuilding: lambda _: "building the Android app, or finding it",
    events.JobStarted: lambda event: f"measuring {event.job}",
    events.JobEnded: _ended,
}
