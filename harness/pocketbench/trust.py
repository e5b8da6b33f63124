"""Flaws: what a reader must know before believing a number. Found by pure functions, each from a threshold written here."""

from collections.abc import Set
from dataclasses import dataclass

from pocketbench.errors import UnknownName
from pocketbench.model import Agreement, Anatomy
from pocketbench.registry import nearest

QUANTIZED_SHARE = 0.90
TOP1 = {False: 0.99, True: 0.97}
RELATIVE_ERROR = {False: 1e-3, True: 5e-2}
NOISE = 0.10


@dataclass(frozen=True, slots=True)
class Flaw:
    """One flaw: its name in records and on the command line, what it means, and what to do about it."""

    name: str
    meaning: str
    advice: str


_ALL = (
    Flaw("NOOP", "the technique left nothing of what it promises in the file", "read this row as the float32 one; small weights stay as they are"),
    Flaw("PARTLY-QUANTIZED", "fewer than 90 % of the weight elements have 8 bits or fewer", "see which weights stayed floats in the artifact's anatomy"),
    Flaw("NON-FINITE", "some outputs are infinite, not a number, or whatever lay in memory", "convert it another way, and look at the source's own outputs"),
    Flaw("CONSTANT-OUTPUT", "the answer is the same for every row", "the weights were probably lost on the way: convert it another way"),
    Flaw(
        "LOW-AGREEMENT", "the outputs are further from the source's than the technique explains", "calibrate with rows like the scored ones, or quantise less"
    ),
    Flaw("RANDOM-INPUT", "the rows are seeded random numbers, so there is no score", "give the model data of its own"),
    Flaw("SIMULATED", "the device is a simulated phone", "believe what it computes, never how fast"),
    Flaw("EMULATED", "a driver in software did the accelerator's work", "believe what it computes, never how fast"),
    Flaw("NOISY", "the interval of the median reaches further than 10 % of the median", "quieten the device, or raise the budget"),
)

FLAWS = {flaw.name: flaw for flaw in _ALL}


def check_name(name: str) -> None:
    """Raise UnknownName, with the nearest known flaw, when there is no flaw of that name."""
    if name not in FLAWS:
        raise UnknownName(f"no flaw named {name!r}; known: {', '.join(FLAWS)}", hint=nearest(name.upper(), FLAWS))


def artifact_flaws(
    *, promises: Set[str], integer: bool, anatomy: Anatomy, source_parameters: int, check: Agreement | None, random_input: bool
) -> tuple[str, ...]:
    """Name the flaws of a converted file, in the order of ``FLAWS``.

    ``promises`` are those of the technique's steps, ``integer`` says whether it may use the looser thresholds. ``check``
    is None when nothing here could run the file.
    """
    found = {*_broken(promises, anatomy, source_parameters)}
    if check is not None:
        found |= {*agreement_flaws(check, integer=integer, classes=check.top1 is not None)}
    if anatomy.unset_variables:
        found.add("NON-FINITE")
    if random_input:
        found.add("RANDOM-INPUT")
    return tuple(name for name in FLAWS if name in found)


def agreement_flaws(agreement: Agreement, *, integer: bool, classes: bool) -> tuple[str, ...]:
    """Name the flaws of outputs held against the source's: by top-1 where there are classes, else by the relative error."""
    found = {
        "NON-FINITE": not agreement.finite,
        "CONSTANT-OUTPUT": agreement.constant and agreement.rows > 1,
        "LOW-AGREEMENT": agreement.rows > 0 and _disagrees(agreement, integer=integer, classes=classes),
    }
    return tuple(name for name, there in found.items() if there)


def noisy(low: float | None, high: float | None, median: float) -> tuple[str, ...]:
    """Say NOISY when either end of the interval lies more than 10 % of the median away from it; without an interval, nothing."""
    if low is None or high is None:
        return ()
    near = max(median - low, high - median) <= NOISE * median
    return () if near else ("NOISY",)


def _broken(promises: Set[str], anatomy: Anatomy, source_parameters: int) -> list[str]:
    """Name the flaws of what a technique promised and the file does not have.

    Quantised weights are counted against those of the file or, where the file shows fewer, those of the source: what a
    converter hid in a custom operation does not count as quantised.
    """
    halves = sum(anatomy.parameters_by_dtype.get(dtype, 0) for dtype in ("float16", "bfloat16"))
    if ("quantized" in promises and not anatomy.parameters_quantized) or ("halved" in promises and not halves):
        return ["NOOP"]
    whole = max(anatomy.parameters, source_parameters)
    return ["PARTLY-QUANTIZED"] if "quantized" in promises and anatomy.parameters_quantized < QUANTIZED_SHARE * whole else []


def _disagrees(agreement: Agreement, *, integer: bool, classes: bool) -> bool:
    """Whether the outputs are further from the source's than the threshold; NaN counts as far.

    Where the source gives nothing but zeros there is no relative error, and any difference is too far.
    """
    if classes and agreement.top1 is not None:
        return not agreement.top1 >= TOP1[integer]
    if agreement.relative_error is None:
        return bool(agreement.max_abs_diff)
    return not agreement.relative_error <= RELATIVE_ERROR[integer]
