"""Python beside the app, in words: one table a device, those that are no simulation first; nothing is ranked across them."""

from collections.abc import Sequence
from dataclasses import dataclass

from pocketbench.beside_app import Pair, pairs, version
from pocketbench.charts import words
from pocketbench.frames import Runs
from pocketbench.model import Measured
from pocketbench.outcomes import Outcome

TITLE = "Python beside the app"
LEAD = (
    "The same file, measured twice on the same device, accelerator and number of threads: without an app, by the Python runner (TensorFlow.js by Node.js), "
    "and by the Android app. × 2.00: the app takes twice as long. Each row says which library ran the file on either side: where it is two, or two versions, "
    "the number is of these, and not of Python against Java."
)
COLUMNS = ("file", "accelerator", "without the app", "in the app", "app to Python", "what ran: without, in the app", "flaws")


@dataclass(frozen=True, slots=True)
class Beside:
    """The pairs of one device of a run: its title, the flaw that all of it has (SIMULATED, or ""), and the cells in the order of :data:`COLUMNS`.

    A cell is its text and its small print.
    """

    title: str
    mark: str
    rows: tuple[tuple[tuple[str, str], ...], ...]
    pairs: tuple[Pair, ...]

    @property
    def subject(self) -> str:
        """The title with what is to be known of all of it."""
        return f"{self.title}, {self.mark}" if self.mark else self.title


def beside(runs: Runs) -> list[Beside]:
    """Every device on which something was measured both ways; none where nothing was."""
    found: dict[tuple[str, str], list[Pair]] = {}
    for pair in pairs(runs.outcomes):
        found.setdefault((pair.app.run, pair.app.job.device), []).append(pair)
    several = len(runs.contents) > 1
    tables = [_table(f"on {device}" + (f", run {run}" if several else ""), own) for (run, device), own in found.items()]
    return sorted(tables, key=lambda table: table.mark != "")


def _table(title: str, own: Sequence[Pair]) -> Beside:
    """One device's pairs."""
    simulated = any(pair.app.record.device_kind == "simulated" for pair in own)
    models = len({pair.app.job.variant.model for pair in own}) > 1
    return Beside(title, "SIMULATED" if simulated else "", tuple(_row(pair, named=models) for pair in own), tuple(own))


def _row(pair: Pair, *, named: bool) -> tuple[tuple[str, str], ...]:
    """The cells of one pair."""
    job = pair.app.job
    variant = job.variant
    title = f"{words.form(variant)} {variant.format}" + (f" t{job.threads}" if job.threads > 1 else "")
    options = " ".join(f"{key}={job.options[key]}" for key in job.named_options)
    return (
        (title, ", ".join(filter(None, (variant.model if named else "", f"from {variant.framework}", options)))),
        (job.accelerator, _drivers(pair)),
        *(_median(one) for one in (pair.without, pair.app)),
        _ratio(pair),
        _runtimes(pair),
        (" ".join(pair.flaws), ""),
    )


def _median(one: Outcome) -> tuple[str, str]:
    """A median and its interval."""
    latency = one.latency
    if latency is None:
        return "", ""
    interval = "one process" if latency.low is None or latency.high is None else f"{words.duration(latency.low)} to {words.duration(latency.high)}"
    return words.duration(latency.median), interval


def _ratio(pair: Pair) -> tuple[str, str]:
    """How many times as long the app takes, with its interval; or why that is not told."""
    found = pair.ratio
    if found is None:
        return "not told", pair.why_not
    return f"× {found.value:.2f}", "one process: no interval" if found.low is None or found.high is None else f"{found.low:.2f} to {found.high:.2f}"


def _runtimes(pair: Pair) -> tuple[str, str]:
    """Both runtimes with their versions, and what that makes of the ratio."""
    without, app = (f"{one.job.engine} {version(one)}".strip() for one in (pair.without, pair.app))
    small = {"same": "the same library", "versions": "two versions of it", "runtimes": "two libraries that read this format"}[pair.runtimes]
    if pair.without.job.runner == "node":
        small += "; Node.js, WebView"
    return (without if without == app else f"{without}, {app}"), small


def _drivers(pair: Pair) -> str:
    """What carried the accelerator on either side, where something did."""
    told = [one.record.proof.driver if isinstance(one.record, Measured) else "" for one in (pair.without, pair.app)]
    return ", ".join(dict.fromkeys(filter(None, told)))
