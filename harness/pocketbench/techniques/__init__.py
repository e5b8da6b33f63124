"""Techniques: what is done to a model on its way to a format. A technique is its steps joined by ``+``.

One file a step; each registers itself in ``STEPS``. Steps go in one order: those that retrain (prune, cluster, then
quantisation-aware training), the one that converts, the one that encodes.
"""

import importlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from pocketbench.errors import UnknownName
from pocketbench.model import Rows, Source
from pocketbench.registry import Registry
from pocketbench.suite import Train
from pocketbench.trust import Promises

NONE = Promises()

# A technique without a step that converts is converted so.
PLAIN = "float32"


@dataclass(frozen=True, slots=True)
class Maker:
    """Who carries out a retraining step in one framework: ``module:function``, the worker's toolchain, the distributions it leans on.

    The function takes a Retraining and returns the path of the model that it left in its folder. Raises Refused.
    """

    function: str
    toolchain: str
    packages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    ``rank`` is its place among the others: techniques have their steps in rising order. ``promises`` is what it must leave in
    the file. ``integer`` chooses the looser agreement threshold. ``calibrates`` says that it needs calibration rows, ``makers``,
    by framework, that it retrains. ``last`` says that no step that converts may follow: it says how the file is made itself.
    ``times`` is how often it goes over the training rows, in units of the suite's epochs.
    """

    name: str
    does: str
    rank: int
    promises: Promises = NONE
    integer: bool = False
    calibrates: bool = False
    makers: Mapping[str, Maker] = field(default_factory=dict)
    last: bool = False
    times: int = 1

    @property
    def retrains(self) -> bool:
        """Whether it needs training rows."""
        return bool(self.makers)


@dataclass(frozen=True, slots=True)
class Retraining:
    """What one step that retrains is given: the model as the steps ``before`` left it, the rows, how the suite trains, where to write."""

    step: Step
    before: tuple[Step, ...]
    source: Source
    rows: Rows
    train: Train
    folder: Path


CONTROL, PRUNE, CLUSTER, AWARE, CONVERT, ENCODE = range(6)
STEPS: Registry[Step] = Registry("technique step")


def parse(technique: str) -> tuple[Step, ...]:
    """Return the steps of a technique, in order. Raises UnknownName, with the nearest right word, for words and orders that are none."""
    steps = tuple(map(_step, technique.split("+")))
    ranks = [step.rank for step in steps]
    if ranks != sorted(set(ranks)) or (CONTROL in ranks and set(ranks) & {PRUNE, CLUSTER, AWARE}):
        raise UnknownName(f"{technique!r} is no technique: of each kind of step there is one, in a fixed order", hint=_in_order(steps))
    if len(steps) > 1 and any(step.name in (PLAIN, "as_is") or (step.last and CONVERT in ranks) for step in steps):
        raise UnknownName(f"{technique!r} is no technique: a step in it says nothing beside the others", hint=_without(steps))
    return steps


def retrain(*, technique: str, source: dict[str, Any], rows: dict[str, Any], train: dict[str, Any], folder: str) -> dict[str, Any]:
    """Carry out the last step of a technique that retrains, in a worker process; return the new Source as builtins. Raises Refused.

    ``source`` is the model as the steps before left it.
    """
    *before, step = parse(technique)
    given = msgspec.convert(source, Source)
    module, _, function = step.makers[given.framework].function.partition(":")
    make = getattr(importlib.import_module(module), function)
    path = make(Retraining(step, tuple(before), given, msgspec.convert(rows, Rows), msgspec.convert(train, Train), Path(folder)))
    return msgspec.to_builtins(msgspec.structs.replace(given, path=str(path)))  # type: ignore[no-any-return]


def retraining(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The steps that retrain, which make another source."""
    return tuple(step for step in steps if step.retrains)


def conversion(steps: Sequence[Step]) -> str:
    """What is left for the format's converter: the technique without what made another source."""
    return "+".join(step.name for step in steps if step.last or not step.retrains) or PLAIN


def control(steps: Sequence[Step]) -> str:
    """The technique that trains as long and is otherwise plain: what a retrained one is held against; "" for one that does not retrain."""
    times = sum(step.times for step in retraining(steps))
    if not times or steps[0].rank == CONTROL:
        return ""
    count = f":{times}" if times > 1 else ""
    quantized = [name for step in steps if (name := "int8" if step.last else step.name) and step.rank in (AWARE, CONVERT)]
    return "+".join([f"extra_epochs{count}", *quantized])


def _step(word: str) -> Step:
    """One step; ``extra_epochs:3`` is extra_epochs three times over."""
    found = re.fullmatch(r"(extra_epochs):([2-9])", word)
    if not found:
        return STEPS.get(word)
    return replace(STEPS.get(found[1]), name=word, times=int(found[2]))


def _in_order(steps: Sequence[Step]) -> str:
    """The same steps, one of a kind, as they would have to be written."""
    kinds = {step.rank: step.name for step in reversed(steps)}
    if len(kinds) > 1:
        kinds.pop(CONTROL, None)
    return f"write '{'+'.join(kinds[rank] for rank in sorted(kinds))}'"


def _without(steps: Sequence[Step]) -> str:
    """The same steps without those that say nothing."""
    aware = any(step.last for step in steps)
    left = [step.name for step in steps if step.name not in (PLAIN, "as_is") and not (aware and step.rank == CONVERT)]
    return f"write '{'+'.join(left)}'"


from pocketbench.techniques import float32 as _float32  # noqa: E402, F401, I001 - the order of the registry
from pocketbench.techniques import float16 as _float16  # noqa: E402, F401
from pocketbench.techniques import bfloat16 as _bfloat16  # noqa: E402, F401
from pocketbench.techniques import dynamic_int8 as _dynamic_int8  # noqa: E402, F401
from pocketbench.techniques import int8_float_io as _int8_float_io  # noqa: E402, F401
from pocketbench.techniques import int8 as _int8  # noqa: E402, F401
from pocketbench.techniques import uint8 as _uint8  # noqa: E402, F401
from pocketbench.techniques import int16x8 as _int16x8  # noqa: E402, F401
from pocketbench.techniques import weights_uint8 as _weights_uint8  # noqa: E402, F401
from pocketbench.techniques import weights_uint16 as _weights_uint16  # noqa: E402, F401
from pocketbench.techniques import prune as _prune  # noqa: E402, F401
from pocketbench.techniques import cluster as _cluster  # noqa: E402, F401
from pocketbench.techniques import qat_int8 as _qat_int8  # noqa: E402, F401
from pocketbench.techniques import extra_epochs as _extra_epochs  # noqa: E402, F401
from pocketbench.techniques import sparse as _sparse  # noqa: E402, F401
from pocketbench.techniques import as_is as _as_is  # noqa: E402, F401
