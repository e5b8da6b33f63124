"""``.pte`` beside ``.ptl``: ExecuTorch's file of a model, and the TorchScript one that it replaces, made with the same technique.

TorchScript's lite interpreter is what PyTorch Mobile runs; PyTorch names ExecuTorch as what comes after it
(https://docs.pytorch.org/executorch). Pairs share framework, technique, accelerator, threads and device.
"""

from collections.abc import Sequence

from pocketbench.charts import words
from pocketbench.outcomes import Outcome
from pocketbench.report.groups import Group
from pocketbench.report.rows import agreement

OLDER, NEWER = "torchscript", "executorch"
# Of the engines that read the older one, what phones have.
PHONES = "pytorch-lite"
COLUMNS = ("form", ".ptl size", ".pte size", "÷", ".ptl latency", ".pte latency", "÷", ".ptl agreement", ".pte agreement")


def pairs(group: Group) -> list[tuple[str, ...]]:
    """One row of cells, in the order of COLUMNS, for each usual ``.pte`` that ran and has its ``.ptl``; none where a group has not both."""
    newer = [one for one in group.measured if one.job.variant.format == NEWER and not one.job.variant.form]
    found = [(older, one) for one in newer if (older := _older(one, group.measured))]
    frameworks = len({one.job.variant.framework for _, one in found})
    return [_row(older, one, named=frameworks > 1) for older, one in found]


def _older(newer: Outcome, among: Sequence[Outcome]) -> Outcome | None:
    """The TorchScript row that differs in nothing but the file: the usual form before others, the phones' engine before others."""
    alike = [one for one in among if one.job.variant.format == OLDER and _shared(one) == _shared(newer)]
    return min(alike, key=lambda one: (one.job.variant.form != "", one.job.engine != PHONES), default=None)


def _shared(one: Outcome) -> tuple[object, ...]:
    """What both must have in common."""
    return one.run, one.job.variant.framework, one.job.variant.technique, one.job.accelerator, one.job.threads, one.job.device


def _row(older: Outcome, newer: Outcome, *, named: bool) -> tuple[str, ...]:
    """The cells of one pair. ÷ 2.00 says that the newer one is half of the older one."""
    variant = newer.job.variant
    title = f"{variant.technique} {variant.framework}" if named else variant.technique
    threads = f" t{newer.job.threads}" if newer.job.threads > 1 else ""
    sizes = [float(one.artifact.anatomy.size_bytes) if one.artifact else None for one in (older, newer)]
    medians = [one.latency.median if one.latency else None for one in (older, newer)]
    form = f" ({older.job.variant.form})" if older.job.variant.form else ""
    return (
        title + threads, *_beside([f"{words.amount(sizes[0])}{form}" if sizes[0] else "", words.amount(sizes[1]) if sizes[1] else ""], sizes),
        *_beside([words.duration(median) if median else "" for median in medians], medians), *(_agreement(one) for one in (older, newer)),
    )  # fmt: skip


def _beside(texts: Sequence[str], numbers: Sequence[float | None]) -> tuple[str, str, str]:
    """Two values and how many times smaller the second is."""
    first, second = numbers
    return texts[0], texts[1], f"÷ {first / second:.2f}" if first and second else ""


def _agreement(one: Outcome) -> str:
    """How well a row agrees with its source."""
    return agreement(getattr(one.record, "agreement", None)).text
