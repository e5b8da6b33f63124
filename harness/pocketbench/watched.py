"""A device while a job was measured on it: what was seen of it and when, what changed, and the flaws of that. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pocketbench import probes, trust
from pocketbench.engines import APP, needs_app
from pocketbench.model import Look, Measured
from pocketbench.probes import STATUSES
from pocketbench.protocol import Report

Conditions = Mapping[str, float | str]

HARNESS = "harness"
# What frames have of conditions, in this order; others stay in the record.
NUMBERS = (
    "battery_percent", "battery_celsius", "body_celsius", "temperature_celsius", "frequency_mhz", "frequency_low_mhz", "frequency_cap_percent",
    "available_bytes", "load_1min",
)  # fmt: skip
WORDS = ("thermal", "battery", "power", "battery_saver", "low_memory", "wakefulness", "app_in_front", "app_debuggable")
# What is told when it changes in the middle of a job, with the words of it from good to bad; a ceiling is a number.
_WORSE = {"thermal": STATUSES, "battery_saver": ("off", "on"), "wakefulness": ("awake", "asleep"), "app_in_front": ("yes", "no"), "low_memory": ("no", "yes")}
_CAP = "frequency_cap_percent"


@dataclass(frozen=True, slots=True)
class Moment:
    """Conditions, by whom they were seen (the harness, or a runner), in which process of an order of a kind ("" and None for the harness), and when."""

    seen_by: str
    order: str
    process: int | None
    at: str
    conditions: Conditions


def looks(report: Report, order: str, process: int) -> list[Look]:
    """The looks that a runner took while it carried out an order of a kind."""
    return [Look(order, process, line.at, {**probes.reported(line)}) for line in report.conditions]


def flaws(before: Conditions, after: Conditions, taken: Sequence[Look], *, simulated: bool) -> tuple[str, ...]:
    """The flaws of a device's conditions: as the harness saw them before and after the job, and as the runner did in between.

    A simulated phone shows no app, so nothing is said of one that was not in front there.
    """
    inside = [look.conditions for look in taken]
    return (*trust.strained((before, after), inside), *trust.unwatched(inside, shows_apps=not simulated))


def moments(record: Measured) -> Iterator[Moment]:
    """Every look at the device of one job, in order of time: the harness's before, the runner's, the harness's after."""
    around = [Moment(HARNESS, "", None, when, conditions) for when, conditions in record.conditions.items()]
    yield from around[:1]
    seen_by = APP if needs_app(record.job) else record.job.runner
    yield from (Moment(seen_by, look.order, look.process, look.at, look.conditions) for look in record.looks)
    yield from around[1:]


def cells(conditions: Conditions) -> dict[str, float | str | None]:
    """Conditions as a frame has them: :data:`NUMBERS` and :data:`WORDS`. ``frequency_low_mhz`` is that of the slowest cluster."""
    found: dict[str, float | str | None] = {name: value for name in NUMBERS if isinstance(value := conditions.get(name), (int, float))}
    found |= {name: str(conditions[name]) for name in WORDS if name in conditions}
    clusters = [value for name, value in conditions.items() if name.startswith("cluster") and isinstance(value, (int, float))]
    return {**found, "frequency_low_mhz": min(clusters, default=found.get("frequency_mhz"))}


def changes(record: Measured) -> tuple[str, ...]:
    """What became worse in the middle of a job, each once: "thermal none → severe during steady"."""
    found: dict[str, str] = {}
    for was, now in zip(record.looks, record.looks[1:], strict=False):
        for name in (*_WORSE, _CAP):
            if name not in found and _worse(name, was.conditions.get(name), now.conditions.get(name)):
                when = f"before {now.order}" if now.at == "before" else f"during {now.at}"
                found[name] = f"{name.replace('_', ' ').removesuffix(' percent')} {_told(was.conditions[name])} → {_told(now.conditions[name])} {when}"
    return tuple(found.values())


def _told(value: float | str) -> str:
    """A word, or a ceiling with its unit."""
    return value if isinstance(value, str) else f"{value:g} %"


def _worse(name: str, was: float | str | None, now: float | str | None) -> bool:
    """Whether a condition is worse than it was; what is not told is not."""
    if isinstance(was, (int, float)) and isinstance(now, (int, float)):
        return now < was
    words = _WORSE.get(name, ())
    return was in words and now in words and words.index(str(now)) > words.index(str(was))
