"""Flaws: what a reader must know before believing a number. Found by pure functions, each from a threshold written here."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

from pocketbench.anatomy import bits
from pocketbench.errors import UnknownName
from pocketbench.model import KERNEL, TABLE, Agreement, Anatomy, Kernel
from pocketbench.registry import nearest
from pocketbench.scoring import ScoreKind

# Of the weight elements, those that must have become as small as the technique promises.
QUANTIZED_SHARE = 0.90
HALF_BITS = 16
TOP1 = {False: 0.99, True: 0.97}
RELATIVE_ERROR = {False: 1e-3, True: 5e-2}
NOISE = 0.10
# androidx.benchmark takes less for an error; phones begin to save it a little lower.
BATTERY_PERCENT = 25
# Drivers in software, as their names have it; a runner adds "(software)" to the name of one that only its type gives away.
SOFTWARE_DRIVERS = ("swiftshader", "llvmpipe", "lavapipe", "softpipe", "pocl", "nnapi-sample", "(software)")
# How much a retrained form may score below float32: of a share, and of any other score by its size.
SCORE_LOSS, RELATIVE_LOSS = 0.03, 0.05
# Of the zeros, or of the groups with two zeros of four, that pruning promises: what must be there, and below what it is nothing.
PRUNED_SHARE, NOTHING = 0.90, 0.10


@dataclass(frozen=True, slots=True)
class Flaw:
    """One flaw: its name in records and on the command line, what it means, and what to do about it."""

    name: str
    meaning: str
    advice: str


@dataclass(frozen=True, slots=True)
class Promises:
    """What the steps of a technique must leave in the file; the defaults promise nothing.

    ``sparsity`` is the share of zeros in the kernels that are pruned, ``two_of_four`` that two of every four neighbouring
    weights are zero, ``clusters`` how many values the weights of a kernel share at most, ``encoded`` that zeros are left out.
    """

    quantized: bool = False
    halved: bool = False
    sparsity: float = 0.0
    two_of_four: bool = False
    clusters: int = 0
    encoded: bool = False

    def __add__(self, other: "Promises") -> "Promises":
        """Both promises at once."""
        return Promises(**{each.name: getattr(other, each.name) or getattr(self, each.name) for each in fields(self)})


_ALL = (
    Flaw("NOOP", "the technique left nothing of what it promises in the file", "read this row as the float32 one; small weights stay as they are"),
    Flaw("PARTLY-QUANTIZED", "fewer than 90 % of the weight elements have 8 bits or fewer", "see which weights stayed floats in the artifact's anatomy"),
    Flaw("PARTLY-HALVED", "fewer than 90 % of the weight elements have 16 bits or fewer", "see which weights stayed whole in the artifact's anatomy"),
    Flaw(
        "PRUNING-LOST",
        "the kernels have less than 90 % of the zeros, or of the 2:4 groups, that pruning promises",
        "see the artifact's kernels: some lost their zeros on the way, or were of a layer that the pruning tool leaves alone",
    ),
    Flaw(
        "CLUSTERS-LOST",
        "in some kernel an output channel has more different values than clustering promises",
        "see the artifact's kernels: some were changed again on the way, or were of a layer that the clustering tool leaves alone",
    ),
    Flaw(
        "ENCODING-LOST",
        "no weight tensor leaves its zeros out of the file",
        "read this row as the one without that step; kernels need zeros enough to be worth it",
    ),
    Flaw("NON-FINITE", "some outputs are infinite, not a number, or whatever lay in memory", "convert it another way, and look at the source's own outputs"),
    Flaw(
        "CONSTANT-OUTPUT", "the answer is the same for every row", "where the source answers alike too, it was not trained; else weights were lost on the way"
    ),
    Flaw(
        "LOW-AGREEMENT", "the outputs are further from the source's than the technique explains", "calibrate with rows like the scored ones, or quantise less"
    ),
    Flaw("RANDOM-INPUT", "the rows are seeded random numbers, so there is no score", "give the model data of its own"),
    Flaw("SIMULATED", "the device is a simulated phone", "believe what it computes, never how fast"),
    Flaw("EMULATED", "a driver in software did the accelerator's work", "believe what it computes, never how fast"),
    Flaw(
        "THERMAL",
        "the device said that it was hot, or lowered how fast its processor may run, while it was measured",
        "let it cool and measure again: [gate] in the suite waits for that",
    ),
    Flaw("LOW-BATTERY", "the battery was under 25 %, or the device was saving it", "charge it: [gate] in the suite refuses such a device"),
    Flaw(
        "BACKGROUND",
        "the app was not in front, or the phone's screen was off, while it was measured",
        "leave the phone alone, unlocked, with Stay awake switched on, and measure again: what is in front gets the fast cores",
    ),
    Flaw("DEBUGGABLE", "the app that was measured is a debuggable build, which Android runs slower", "let pocketbench build the app, or sign a release build"),
    Flaw("NOISY", "the interval of the median reaches further than 10 % of the median", "quieten the device, or raise the budget"),
)

FLAWS = {flaw.name: flaw for flaw in _ALL}


def check_name(name: str) -> None:
    """Raise UnknownName, with the nearest known flaw, when there is no flaw of that name."""
    if name not in FLAWS:
        raise UnknownName(f"no flaw named {name!r}; known: {', '.join(FLAWS)}", hint=nearest(name.upper(), FLAWS))


def artifact_flaws(
    *, promises: Promises, integer: bool, anatomy: Anatomy, source_parameters: int, check: Agreement | None, random_input: bool
) -> tuple[str, ...]:
    """Name the flaws of a converted file, in the order of ``FLAWS``.

    ``promises`` are those of all the technique's steps, ``integer`` says whether it may use the looser thresholds. ``check``
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


def emulated(driver: str) -> tuple[str, ...]:
    """Say EMULATED when the driver that did an accelerator's work is one in software, by its name."""
    return ("EMULATED",) if any(word in driver.lower() for word in SOFTWARE_DRIVERS) else ()


def strained(*series: Sequence[Mapping[str, float | str]]) -> tuple[str, ...]:
    """Name the flaws of a device's conditions: THERMAL, LOW-BATTERY. What it does not tell is no flaw.

    Each series are the conditions in order of time, as one and the same saw them: the first is what a ceiling of frequency must not fall below.
    """
    every = [one for seen in series for one in seen]
    capped = any(_number(one, "frequency_cap_percent") < _number(seen[0], "frequency_cap_percent") for seen in series for one in seen)
    hot = capped or any(one.get("thermal", "none") != "none" for one in every)
    low = any(_number(one, "battery_percent") < BATTERY_PERCENT or one.get("battery_saver") == "on" for one in every)
    return tuple(name for name, there in (("THERMAL", hot), ("LOW-BATTERY", low)) if there)


def unwatched(looks: Sequence[Mapping[str, float | str]], *, shows_apps: bool) -> tuple[str, ...]:
    """Name the flaws of an app's own looks around its phases: BACKGROUND, DEBUGGABLE. ``shows_apps``: its device can bring an app in front."""
    behind = any(one.get("wakefulness", "awake") != "awake" or (shows_apps and one.get("app_in_front") == "no") for one in looks)
    debuggable = any(one.get("app_debuggable") == "yes" for one in looks)
    return tuple(name for name, there in (("BACKGROUND", behind), ("DEBUGGABLE", debuggable)) if there)


def noisy(low: float | None, high: float | None, median: float) -> tuple[str, ...]:
    """Say NOISY when either end of the interval lies more than 10 % of the median away from it; without an interval, nothing."""
    if low is None or high is None:
        return ()
    near = max(median - low, high - median) <= NOISE * median
    return () if near else ("NOISY",)


def retrainable(kernels: Sequence[Kernel]) -> list[Kernel]:
    """The kernels that pruning and clustering change: no depthwise ones (they are small, and it costs them too much), no matrices that are no layer's."""
    return [kernel for kernel in kernels if kernel.kind in (KERNEL, TABLE)]


def two_of_four(kernels: Sequence[Kernel]) -> float | None:
    """The share of groups of four that have two zeros or more, over the kernels with such groups; None where there are none."""
    shares = [(kernel.elements, kernel.two_of_four) for kernel in kernels if kernel.two_of_four is not None]
    return sum(elements * share for elements, share in shares) / sum(elements for elements, _ in shares) if shares else None


def falls_short(score: float, base: float, kind: ScoreKind | None) -> bool:
    """Whether a score is that much worse than another: 0.03 of a share, 5 % of any other; never for a user's own, of which nobody knows which way is better."""
    if kind is None:
        return False
    worse = base - score if kind.higher_is_better else score - base
    return not worse <= (SCORE_LOSS if kind.share else RELATIVE_LOSS * abs(base))


def _number(conditions: Mapping[str, float | str], name: str) -> float:
    """A condition that is a number; NaN, which is neither more nor less than anything, where it is not told."""
    value = conditions.get(name)
    return float(value) if isinstance(value, (int, float)) else math.nan


def _broken(promises: Promises, anatomy: Anatomy, source_parameters: int) -> list[str]:
    """Name the flaws of what a technique promised and the file does not have; NOOP alone when nothing of it is there."""
    kept = {name: share for name, share in _kept(promises, anatomy, source_parameters).items() if share is not None}
    if kept and not any(kept.values()):
        return ["NOOP"]
    least = {"PARTLY-QUANTIZED": QUANTIZED_SHARE, "PARTLY-HALVED": QUANTIZED_SHARE, "PRUNING-LOST": PRUNED_SHARE}
    return [name for name, share in kept.items() if share < least.get(name, 1.0)]


def _kept(promises: Promises, anatomy: Anatomy, source_parameters: int) -> dict[str, float | None]:
    """For each promise, under the flaw that it is a breach of: the share of it that is kept, 0 for nothing, None where nobody can tell.

    Quantised and halved weights are counted against those of the file or, where the file shows fewer, those of the source: what a
    converter hid in a custom operation does not count as quantised.
    """
    found: dict[str, float | None] = {}
    if promises.quantized:
        found["PARTLY-QUANTIZED"] = anatomy.parameters_quantized / max(anatomy.parameters, source_parameters, 1)
    if promises.halved:
        small = sum(count for dtype, count in anatomy.parameters_by_dtype.items() if bits(dtype) <= HALF_BITS)
        found["PARTLY-HALVED"] = small / max(anatomy.parameters, source_parameters, 1)
    kernels = retrainable(anatomy.kernels)
    if promises.two_of_four:
        grouped = two_of_four(kernels)
        found["PRUNING-LOST"] = _untold(anatomy) if grouped is None else _something(grouped)
    elif promises.sparsity:
        found["PRUNING-LOST"] = _pruned(kernels, anatomy, promises.sparsity)
    if promises.clusters:
        # The zeros of pruned kernels are one more value.
        found["CLUSTERS-LOST"] = _clustered(kernels, anatomy, promises.clusters + bool(promises.sparsity))
    if promises.encoded:
        found["ENCODING-LOST"] = float(anatomy.sparse_tensors > 0)
    return found


def _pruned(kernels: Sequence[Kernel], anatomy: Anatomy, sparsity: float) -> float | None:
    """The share of the promised zeros that is there. One weight of a kernel always stays, as in TensorFlow's model optimisation toolkit."""
    promised = sum(kernel.elements - max(1, round(kernel.elements * (1 - sparsity))) for kernel in kernels)
    if not promised:
        return _untold(anatomy)
    share = sum(kernel.zeros * kernel.elements for kernel in kernels) / promised
    return share if any(kernel.zeros >= PRUNED_SHARE * sparsity for kernel in kernels) else _something(share)


def _clustered(kernels: Sequence[Kernel], anatomy: Anatomy, most: int) -> float | None:
    """The share of kernels whose channels have ``most`` different values or fewer, among those with channels of more weights than that.

    By channel, because folding a batch normalisation into a convolution and quantising by channel multiply each output
    channel by a number of its own: 16 values of a kernel become 16 of each channel.
    """
    able = [kernel for kernel in kernels if kernel.elements > most and (kernel.unique_values <= most or kernel.elements > most * math.prod(kernel.shape[:1]))]
    if not able:
        return _untold(anatomy)
    return sum(kernel.channel_values <= most for kernel in able) / len(able)


def _untold(anatomy: Anatomy) -> float | None:
    """What to say without a kernel to look at: nothing of what is in a file of no weights, else nothing at all."""
    return None if anatomy.parameters else 0.0


def _something(share: float) -> float:
    """A share, 0 where it is so small that chance or rounding explain it."""
    return share if share >= NOTHING else 0.0


def _disagrees(agreement: Agreement, *, integer: bool, classes: bool) -> bool:
    """Whether the outputs are further from the source's than the threshold; NaN counts as far.

    Where the source gives nothing but zeros there is no relative error, and any difference is too far.
    """
    if classes and agreement.top1 is not None:
        others = agreement.others_error or 0.0
        return not (agreement.top1 >= TOP1[integer] and others <= RELATIVE_ERROR[integer])
    if agreement.relative_error is None:
        return bool(agreement.max_abs_diff)
    return not agreement.relative_error <= RELATIVE_ERROR[integer]
