"""The conditions of a run: the computer, the devices, versions, and how they were before and after each job."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pocketbench.charts import words
from pocketbench.frames import Outcome, Runs
from pocketbench.model import Measured
from pocketbench.store import Contents

Value = str | int | float


@dataclass(frozen=True, slots=True)
class Facts:
    """A titled list of names and values."""

    title: str
    lines: tuple[tuple[str, str], ...]


def conditions(runs: Runs) -> list[Facts]:
    """Everything about the circumstances of the runs, in lists."""
    several = len(runs.contents) > 1
    found = []
    for contents in runs.contents:
        suffix = f", run {contents.facts.id}" if several else ""
        own = [outcome for outcome in runs.outcomes if outcome.run == contents.facts.id]
        found.append(Facts(f"Run{suffix}", _run(contents)))
        found.append(Facts(f"This computer{suffix}", _facts(contents.facts.host)))
        found += [Facts(f"Device {name}{suffix}", _facts(facts)) for name, facts in contents.devices.items() if name != "host"]
        found.append(Facts(f"Before and after each job{suffix}", tuple(_ranges(own))))
        found.append(Facts(f"Versions{suffix}", tuple(sorted(contents.facts.versions.items()))))
    return [facts for facts in found if facts.lines]


def started(text: str) -> str:
    """An ISO time as people write it: 2001-02-03 04:05 UTC."""
    return text[:16].replace("T", " ") + " UTC"


def _run(contents: Contents) -> tuple[tuple[str, str], ...]:
    """Which suite, when, and by which commit."""
    facts = contents.facts
    lines = (
        ("suite", facts.suite_name),
        ("id", facts.id),
        ("started", started(facts.started)),
        ("commit", facts.commit[:12]),
        ("suite sha256", facts.suite_hash[:12]),
    )
    return tuple(line for line in lines if line[1])


def _facts(facts: Mapping[str, Value]) -> tuple[tuple[str, str], ...]:
    """Names and values with their units."""
    return tuple(_written(key, value) for key, value in facts.items())


def _written(key: str, value: Value) -> tuple[str, str]:
    """One fact: the unit goes from the end of its name to its value."""
    name, _, unit = key.rpartition("_")
    if unit == "bytes" and isinstance(value, (int, float)):
        return name.replace("_", " "), words.amount(value)
    units = {"mhz": "MHz", "celsius": "°C", "percent": "%", "ns": "ns", "s": "s"}
    return (name.replace("_", " "), f"{value:g} {units[unit]}") if unit in units and isinstance(value, (int, float)) else (key.replace("_", " "), str(value))


def _ranges(outcomes: Iterable[Outcome]) -> Iterable[tuple[str, str]]:
    """The range of each condition over all jobs of a device, before and after."""
    seen: dict[tuple[str, str, str], list[Value]] = {}
    stops: dict[str, int] = {}
    for outcome in outcomes:
        if isinstance(outcome.record, Measured):
            stops[outcome.record.stopped_by] = stops.get(outcome.record.stopped_by, 0) + 1
            for when, facts in outcome.record.conditions.items():
                for key, value in facts.items():
                    seen.setdefault((outcome.job.device, key, when), []).append(value)
    for (device, key, when), values in sorted(seen.items(), key=lambda item: (item[0][0], item[0][1], item[0][2] != "before")):
        name, text = _range(key, values)
        yield f"{name} {when} ({device})", text
    if stops:
        yield "measuring ended by", ", ".join(f"{why} in {count}" for why, count in sorted(stops.items()))


def _range(key: str, values: list[Value]) -> tuple[str, str]:
    """The smallest and the largest, or the different words."""
    numbers = [value for value in values if isinstance(value, (int, float))]
    if len(numbers) < len(values):
        return _written(key, ", ".join(sorted({str(value) for value in values})))
    name, low = _written(key, min(numbers))
    high = _written(key, max(numbers))[1]
    return name, low if low == high else f"{low} to {high}"
