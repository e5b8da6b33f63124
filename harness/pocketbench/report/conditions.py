"""The conditions of a run: the computer, the devices, versions, and how they were before and after each job."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pocketbench import watched
from pocketbench.charts import words
from pocketbench.frames import Runs
from pocketbench.model import Measured
from pocketbench.outcomes import Outcome
from pocketbench.protocol import BEFORE
from pocketbench.store import Contents

Value = str | int | float
# More jobs than these are counted.
MOST_CHANGED = 12


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
            facts for device in dict.fromkeys(one.job.device for one in own) for facts in _on(device, [one for one in own if one.job.device == device], suffix)
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


def _on(device: str, outcomes: Iterable[Outcome], suffix: str) -> Iterator[Facts]:
    """How one device was: around its jobs and what ended their measuring, around the phases where a runner looked, and what became worse meanwhile."""
    measured = [one.record for one in outcomes if isinstance(one.record, Measured)]
    around = [(when, facts) for record in measured for when, facts in record.conditions.items()]
    stops = Counter(record.stopped_by for record in measured)
    ended = [("measuring ended by", ", ".join(f"{why} in {count}" for why, count in sorted(stops.items())))] if stops else []
    yield Facts(f"On {device}, before and after each job{suffix}", (*_ranges(around), *ended))
    inside = [(look.at if look.at == BEFORE else f"after {look.at}", look.conditions) for record in measured for look in record.looks]
    yield Facts(f"On {device}, as its runner saw it around each phase{suffix}", tuple(_ranges(inside)))
    changed = [(record.job.id.rpartition("@")[0], "; ".join(found)) for record in measured if (found := watched.changes(record))]
    more = [("and more", f"{len(changed) - MOST_CHANGED} jobs")] if len(changed) > MOST_CHANGED else []
    yield Facts(f"On {device}, worse while a job was measured{suffix}", (*changed[:MOST_CHANGED], *more))


def _ranges(looks: Iterable[tuple[str, Mapping[str, Value]]]) -> Iterator[tuple[str, str]]:
    """The range of each condition over all looks at one kind of moment; one text where the moments do not differ."""
    seen: dict[str, dict[str, list[Value]]] = {}
    for when, facts in looks:
        for key, value in facts.items():
            seen.setdefault(key, {}).setdefault(when, []).append(value)
    for key, moments in sorted(seen.items()):
        texts: dict[str, list[str]] = {}
        for when, values in moments.items():
            texts.setdefault(_range(key, values)[1], []).append(when)
        yield _written(key, 0)[0], next(iter(texts)) if len(texts) == 1 else "; ".join(f"{', '.join(whens)} {text}" for text, whens in texts.items())


def _range(key: str, values: list[Value]) -> tuple[str, str]:
    """The smallest and the largest, or the different words."""
    numbers = [value for value in values if isinstance(value, (int, float))]
    if len(numbers) < len(values):
        return _written(key, ", ".join(sorted({str(value) for value in values})))
    name, low = _written(key, min(numbers))
    high = _written(key, max(numbers))[1]
    return name, low if low == high else f"{low} to {high}"
