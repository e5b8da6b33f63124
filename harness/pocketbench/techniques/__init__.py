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
