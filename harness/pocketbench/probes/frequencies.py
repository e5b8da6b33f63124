"""Frequencies: the kernel's cpufreq policies, taken together to clusters of cores that are as fast as each other.

Files and their meaning: https://docs.kernel.org/admin-guide/pm/cpufreq.html; numbers are kHz.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pocketbench.probes.values import Facts, known, rows, whole, word

MAX_KHZ = 20_000_000
MAX_CORES = 4096
# More clusters than this are no phone's.
MAX_TOLD = 8


@dataclass(frozen=True, slots=True)
class Cluster:
    """Cores of one ceiling: which they are, the ceiling of the hardware, what they may and do run at (kHz, None where unknown), governors."""

    cores: frozenset[int]
    most: int
    allowed: int | None
    current: int | None
    governors: frozenset[str]


def clusters(lines: Iterable[str]) -> tuple[Cluster, ...]:
    """Read lines of ``policy0 scaling_cur_freq 1804800``: the clusters, the slowest first. Files that cannot be read are not there."""
    found: dict[int, list[dict[str, str]]] = {}
    for name, files in rows(lines).items():
        if most := _khz(files.get("cpuinfo_max_freq", "")):
            found.setdefault(most, []).append({"related_cpus": "".join(letter for letter in name if letter.isdigit()), **files})
    return tuple(_cluster(most, policies) for most, policies in sorted(found.items()))


def told(lines: Iterable[str]) -> str:
    """Say what there is: "4 × 1803 MHz, 2 × 2850 MHz", "" where nothing can be read."""
    return ", ".join(f"{len(one.cores)} × {round(one.most / 1000)} MHz" for one in clusters(lines)[-MAX_TOLD:] if one.cores)


def read(lines: Iterable[str]) -> Facts:
    """How they run: ``frequency_mhz`` of the fastest cluster, ``clusterN_mhz`` of each (N its first core) where there are several.

    ``frequency_cap_percent`` is what the most confined cluster may run at, of what it could: heat and savings lower it. ``governor`` names each that there is.
    """
    found = clusters(lines)
    governors = sorted({governor for one in found for governor in one.governors})
    caps = [min(100, round(100 * one.allowed / one.most)) for one in found if one.allowed]
    single = {f"cluster{min(one.cores)}_mhz": _mhz(one.current) for one in found if one.cores} if 1 < len(found) <= MAX_TOLD else {}
    return known(
        frequency_mhz=_mhz(found[-1].current) if found else None,
        **single,
        frequency_cap_percent=min(caps, default=None),
        governor=", ".join(governors[:MAX_TOLD]),
    )


def _cluster(most: int, policies: list[dict[str, str]]) -> Cluster:
    """One cluster of policies with one ceiling."""
    allowed = [khz for one in policies if (khz := _khz(one.get("scaling_max_freq", "")))]
    current = [khz for one in policies if (khz := _khz(one.get("scaling_cur_freq", "")))]
    cores = {core for one in policies for text in one["related_cpus"].split() if (core := whole(text, 0, MAX_CORES)) is not None}
    governors = {word(one["scaling_governor"])[:40] for one in policies if "scaling_governor" in one}
    return Cluster(frozenset(cores), most, min(allowed, default=None), max(current, default=None), frozenset(governors))


def _khz(text: str) -> int | None:
    """A frequency."""
    return whole(text, 1, MAX_KHZ)


def _mhz(khz: int | None) -> int | None:
    """MHz of kHz."""
    return None if khz is None else round(khz / 1000)
