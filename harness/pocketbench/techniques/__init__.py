"""Techniques: what is done to a model on its way to a format. A technique is its steps joined by ``+``.

One file a step; each registers itself in ``STEPS``.
"""

from dataclasses import dataclass

from pocketbench.registry import Registry


@dataclass(frozen=True, slots=True)
class Step:
    """One step.

    ``promises`` names what it must leave in the file, for the NOOP flaw: "" (nothing), "quantized", "halved", "pruned" or
    "clustered". ``integer`` chooses the looser agreement threshold. ``calibrates`` and ``retrains`` say which rows
    it needs.
    """

    name: str
    does: str
    promises: str = ""
    integer: bool = False
    calibrates: bool = False
    retrains: bool = False


STEPS: Registry[Step] = Registry("technique step")


def parse(technique: str) -> tuple[Step, ...]:
    """Return the steps of a technique, in order. Raises UnknownName, with the nearest known step, for any other word."""
    return tuple(STEPS.get(word) for word in technique.split("+"))


from pocketbench.techniques import float32 as _float32  # noqa: E402, F401, I001 - the order of the registry
from pocketbench.techniques import float16 as _float16  # noqa: E402, F401
from pocketbench.techniques import dynamic_int8 as _dynamic_int8  # noqa: E402, F401
from pocketbench.techniques import int8_float_io as _int8_float_io  # noqa: E402, F401
from pocketbench.techniques import int8 as _int8  # noqa: E402, F401
from pocketbench.techniques import uint8 as _uint8  # noqa: E402, F401
from pocketbench.techniques import int16x8 as _int16x8  # noqa: E402, F401
from pocketbench.techniques import as_is as _as_is  # noqa: E402, F401
