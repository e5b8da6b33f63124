"""The weight tensors of forms whose technique is about them, one by one: which kept what they should, and which did not."""

from collections.abc import Iterator
from dataclasses import dataclass

from pocketbench.charts import words
from pocketbench.model import Artifact, Kernel
from pocketbench.outcomes import Outcome
from pocketbench.report.groups import Group
from pocketbench.report.rows import grouped, values
from pocketbench.trust import Promises

MOST = 12
LONGEST = 72
COLUMNS = ("weight tensor", "kind", "shape", "dtype", "zeros", "2:4", "different values", "stored")
# What says that some tensor is not as it should be.
FLAWS = ("NOOP", "PARTLY-QUANTIZED", "PRUNING-LOST", "CLUSTERS-LOST", "ENCODING-LOST", "PARTLY-HALVED")


@dataclass(frozen=True, slots=True)
class Tensors:
    """A form, its largest weight tensors in the order of :data:`COLUMNS`, and how many more there are."""

    name: str
    rows: tuple[tuple[str, ...], ...]
    more: int


def tensors(group: Group) -> list[Tensors]:
    """The forms of a group that are pruned, clustered or sparse, or that are not what their technique promises; each once."""
    told = {one.artifact.key: one.artifact for one in group.outcomes if one.artifact and one.artifact.anatomy.kernels and _matters(one)}
    return [Tensors(words.form(one.variant), tuple(_rows(one)), max(0, len(one.anatomy.kernels) - MOST)) for one in told.values()]


def _matters(outcome: Outcome) -> bool:
    """Whether a reader would want to see the tensors."""
    promised = sum((step.promises for step in outcome.steps), Promises())
    return bool(promised.sparsity or promised.clusters or promised.encoded or set(outcome.flaws) & set(FLAWS))


def _rows(artifact: Artifact) -> Iterator[tuple[str, ...]]:
    """The largest tensors in words."""
    for kernel in artifact.anatomy.kernels[:MOST]:
        yield (
            words.clean(kernel.name, LONGEST), kernel.kind, " x ".join(map(str, kernel.shape)), kernel.dtype, words.percent(kernel.zeros),
            "" if kernel.two_of_four is None else words.percent(kernel.two_of_four), _different(kernel), "sparse" if kernel.sparse else "dense",
        )  # fmt: skip


def _different(kernel: Kernel) -> str:
    """How many values it has, and one output channel of it where those are fewer."""
    whole = grouped(kernel.unique_values)
    return f"{whole}, {values(kernel.channel_values).replace(' values', '')}" if kernel.channel_values < kernel.unique_values else whole
