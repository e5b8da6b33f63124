"""The probes (``device_scripts/probes``) as texts for a device's shell; :mod:`pocketbench.probes` reads what they say."""

import shlex

from pocketbench import assets, probes


def probe(folder: str) -> str:
    """What the device is, and how much room is left where ``folder`` is."""
    return f"{shlex.join(['set', '--', folder])}\n{_text(probes.PROBE)}"


def sample() -> str:
    """How the device is right now."""
    return _text(probes.SAMPLE)


def cool(limits: tuple[str, ...], wait_s: float) -> str:
    """Wait on the device until it is within ``limits`` (words of cool.sh) or ``wait_s`` seconds are over."""
    return f"{shlex.join(['set', '--', *limits, f'wait_s={int(wait_s)}'])}\n{_text(probes.COOL)}"


def _text(name: str) -> str:
    """A script."""
    return (assets.find("device_scripts") / "probes" / name).read_text(encoding="utf-8")
