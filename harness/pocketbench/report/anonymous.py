"""A run without the names of its owner's machines: serial numbers, host names and home folders."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import msgspec

from pocketbench.frames import Runs, gather
from pocketbench.model import Measurement
from pocketbench.store import Contents, RunFacts

# Facts whose value names a machine or a person, by a word of their key.
_NAMING = {"serial", "serialno", "host", "hostname", "node", "user", "owner", "login", "account", "imei", "mac", "address", "ip", "email"}
_HOME = re.compile(r"(/home/|/Users/|[A-Z]:\\Users\\)[^/\\\s:'\"]+")
_KINDS = ("phone", "board")


def hide(runs: Runs) -> Runs:
    """Return the runs with every such name replaced, wherever it stands; a name gets the same replacement throughout."""
    known = {name: alias for contents in runs.contents for name, alias in _devices(contents)}
    devices = {name: f"{kind}-{number}" for number, (name, kind) in enumerate(sorted(known.items()), 1)}
    names = {value: "hidden" for contents in runs.contents for value in _named(contents)} | devices
    return gather(_without(contents, _cleaner(names)) for contents in runs.contents)


def _devices(contents: Contents) -> Iterator[tuple[str, str]]:
    """Names of real devices: those are serial numbers or host names."""
    for record in contents.records.values():
        if record.device_kind in _KINDS:
            yield record.job.device, record.device_kind
    for name, facts in contents.devices.items():
        if facts.get("kind") in _KINDS:
            yield name, str(facts["kind"])


def _named(contents: Contents) -> Iterator[str]:
    """Values of facts that name a machine or a person."""
    for facts in (contents.facts.host, *contents.devices.values()):
        for key, value in facts.items():
            if isinstance(value, str) and len(value) > 1 and set(re.split(r"[^a-z]+", key.lower())) & _NAMING:
                yield value


def _cleaner(names: Mapping[str, str]) -> Callable[[str], str]:
    """A function that replaces whole names in a text, the longest first."""
    if not names:
        return lambda text: _HOME.sub(r"\1hidden", text)
    longest = sorted(names, key=len, reverse=True)
    pattern = re.compile(r"(?<![A-Za-z0-9])(?:" + "|".join(map(re.escape, longest)) + r")(?![A-Za-z0-9])")
    return lambda text: _HOME.sub(r"\1hidden", pattern.sub(lambda found: names[found[0]], text))


def _without(contents: Contents, clean: Callable[[str], str]) -> Contents:
    """One run, cleaned. Samples hold no names and are not walked through."""
    records = [_cleaned(record, clean) for record in contents.records.values()]
    facts: RunFacts = _cleaned(contents.facts, clean)
    devices = _cleaned(contents.devices, clean)
    artifacts = {key: _cleaned(one, clean) for key, one in contents.artifacts.items()}
    damaged = tuple((number, clean(why)) for number, why in contents.damaged)
    apps = {clean(name): _cleaned(one, clean) for name, one in contents.apps.items()}
    return Contents(contents.run, facts, devices, {record.job.id: record for record in records}, artifacts, damaged, apps)


def _cleaned(value: Any, clean: Callable[[str], str]) -> Any:
    """A copy of a value with every string cleaned, keys too."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, msgspec.Struct) and not isinstance(value, Measurement):
        return type(value)(**{name: _cleaned(getattr(value, name), clean) for name in value.__struct_fields__})
    if isinstance(value, dict):
        return {clean(key): _cleaned(item, clean) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_cleaned(item, clean) for item in value)
    return value
