"""The cells of the framework comparison: for each format what was tried and right, what it can do, what it keeps, how big and how fast it is.

Each cell has the rows that it was counted from. Nothing in it is known beforehand but the list of techniques, which is this pocketbench's own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pocketbench.charts import words
from pocketbench.formats import FORMATS
from pocketbench.model import Tensor
from pocketbench.outcomes import Outcome
from pocketbench.report.comparison_conversions import RIGHT, Conversion
from pocketbench.report.comparison_coverage import Grid, right

# Where a format keeps what a file says of its inputs and outputs, as far as pocketbench reads it.
KEPT_IN = {
    "tflite": "in the file",
    "torchscript": "in extra/pocketbench.json, which pocketbench adds to the file",
    "executorch": "nowhere: a program numbers them, and so does pocketbench",
    "onnx": "in the file",
    "ncnn": "in tensors.json, which pocketbench puts beside the files",
    "tfjs": "in model.json and its signature",
}
# So many tensors of a file, and so many operations of a list, are named.
MOST, FEW = 3, 6


@dataclass(frozen=True, slots=True)
class Row:
    """One of the rows behind a cell: what it says, and the job that it leads to."""

    text: str
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Fact:
    """One cell: lines of text ("" where nothing is known), small print, the rows it was made from, or the framework whose grid shows them."""

    text: str
    small: str = ""
    rows: tuple[Row, ...] = ()
    grid: str = ""


NOTHING = Fact("")


def converted(found: Sequence[Conversion]) -> Fact:
    """How many conversions were tried, made and right."""
    if not found:
        return NOTHING
    made, well = [one for one in found if one.artifact], right(found)
    seconds = sorted(one.artifact.convert_seconds for one in found if one.artifact)
    took = f"half of them within {_seconds(seconds[len(seconds) // 2])} each" if seconds else ""
    listed = tuple(Row(f"{_name(one)}: {one.told}", one.shown) for one in found)
    return Fact(f"{len(found)} tried, {len(made)} made, {len(well)} right", took, listed)


def covered(grid: Grid | None, name: str) -> Fact:
    """How many operations of a framework are right in a format."""
    found = grid.column(name) if grid else []
    if grid is None or not found:
        return NOTHING
    missing = [one.variant.model for one in found if one.state != RIGHT]
    return Fact(f"{len(right(found))} of {len(found)}", f"not {_listed(missing)}" if missing else "all that were tried", grid=grid.framework)


def techniques(found: Sequence[Conversion], name: str) -> Fact:
    """Which techniques the format lists, which were tried and which worked, by framework."""
    lines, known, listed = [], [], []
    for framework in dict.fromkeys(one.variant.framework for one in found):
        own = [one for one in found if one.variant.framework == framework]
        tried = list(dict.fromkeys(one.variant.technique for one in own))
        good = worked(own)
        lines.append(f"{framework}: {len(good)} of {len(tried)} tried")
        known.append(f"{framework} {len(available(name, framework))}")
        listed += [Row(f"{framework}, {technique}: {'works' if technique in good else 'does not work'}", _of(own, technique)) for technique in tried]
    return Fact("; ".join(lines), f"listed here: {', '.join(known)}", tuple(listed)) if lines else NOTHING


def worked(found: Iterable[Conversion]) -> list[str]:
    """Techniques of which a file is right and is what its name says (no NOOP)."""
    return list(dict.fromkeys(one.variant.technique for one in found if one.state == RIGHT and "NOOP" not in one.shown.flaws))


def available(name: str, framework: str) -> tuple[str, ...]:
    """The techniques that a format lists for models of a framework; none for a format that this pocketbench does not know."""
    return FORMATS.get(name).techniques(framework) if name in FORMATS.names() else ()


def metadata(found: Sequence[Conversion], name: str) -> Fact:
    """What the files say of their inputs and outputs. Labels and normalisation are not looked for."""
    files = [(one, made.anatomy) for one in found if (made := one.artifact)]
    if not files:
        return NOTHING
    listed = tuple(Row(f"{_name(one)}: {_tensors(inside.inputs)} to {_tensors(inside.outputs)}", one.shown) for one, inside in files)
    scaled = sum(any(each.scale for each in (*inside.inputs, *inside.outputs)) for _, inside in files)
    first = files[0][1]
    names = f"{_names(first.inputs)} to {_names(first.outputs)}"
    quantised = f"; scale and zero point of inputs or outputs in {scaled} of {len(files)} files" if scaled else ""
    small = f"shapes and dtypes in all{quantised}; labels and normalisation: not looked for"
    return Fact(f"names {KEPT_IN.get(name, 'as read from the file')}: {names}", small, listed)


def _of(found: Sequence[Conversion], technique: str) -> Outcome:
    """A row of a technique: one that works, where there is one."""
    own = [one for one in found if one.variant.technique == technique]
    return next((one for one in own if one.state == RIGHT), own[0]).shown


def _name(one: Conversion) -> str:
    """A conversion without its format, which the column says."""
    return f"{one.variant.model}/{one.variant.framework} {words.form(one.variant)}"


def _names(tensors: Sequence[Tensor]) -> str:
    """The names of some tensors, cut where they are long."""
    return ", ".join(words.clean(each.name, 40) or "(none)" for each in tensors[:MOST]) + (" …" if len(tensors) > MOST else "")


def _tensors(tensors: Sequence[Tensor]) -> str:
    """Names, shapes, dtypes and, of integers that stand for real numbers, their scale."""
    scales = [f" scale {each.scale:.3g} zero {each.zero_point}" if each.scale else "" for each in tensors[:MOST]]
    texts = [f"{words.clean(each.name, 40)} {list(each.shape)} {each.dtype}{scale}" for each, scale in zip(tensors, scales, strict=False)]
    return ", ".join(texts) + (" …" if len(tensors) > MOST else "")


def _listed(names: Sequence[str]) -> str:
    """A few names, and how many more."""
    return ", ".join(names[:FEW]) + (f" and {len(names) - FEW} more" if len(names) > FEW else "")


def _seconds(value: float) -> str:
    """Seconds with two digits."""
    return f"{value:.2g} s" if value < 10 else f"{value:.0f} s"
