"""The conditions of a run: the computer, the devices, versions, and how they were before and after each job."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pocketbench.charts import words
from pocketbench.frames import Runs
from pocketbench.model import Measured
from pocketbench.outcomes import Outcome
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
        found += [
            Facts(f"On {device}, before and after each job{suffix}", tuple(_ranges(own, device))) for device in dict.fromkeys(one.job.device for one in own)
        ]
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


def _ranges(outcomes: Iterable[Outcome], device: str) -> Iterator[tuple[str, str]]:
    """The range of each condition over all jobs of a device, before and after, and what ended the measuring."""
    measured = [one.record for one in outcomes if isinstance(one.record, Measured) and one.job.device == device]
    seen: dict[str, dict[str, list[Value]]] = {}
    for record in measured:
        for when, facts in record.conditions.items():
            for key, value in facts.items():
                seen.setdefault(key, {}).setdefault(when, []).append(value)
    for key, moments in sorted(seen.items()):
        texts = {when: _range(key, values)[1] for when, values in moments.items()}
        same = len(set(texts.values())) == 1
        yield _written(key, 0)[0], next(iter(texts.values())) if same else "; ".join(f"{when} {text}" for when, text in texts.items())
    stops = Counter(record.stopped_by for record in measured)
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
