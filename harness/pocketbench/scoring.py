"""The scores that come with Pocketbench: what each says of a model's outputs. How they are computed is in :mod:`scores`."""

from dataclasses import dataclass

from pocketbench.registry import Registry


@dataclass(frozen=True, slots=True)
class ScoreKind:
    """One score: the word in suites, what it is, and how to read it.

    ``classes``: labels are class numbers and outputs one number a class; otherwise labels are targets in the output's own unit.
    ``share``: it goes from 0 to 1.
    """

    name: str
    does: str
    higher_is_better: bool = True
    classes: bool = False
    share: bool = False


SCORES: Registry[ScoreKind] = Registry("score")


def kind_of(name: str) -> ScoreKind | None:
    """Return what is known of a score: None without one, and for a user's own function."""
    return SCORES.get(name) if name in SCORES.names() else None


SCORES.add(ScoreKind("accuracy", "share of rows whose best class is the label", classes=True, share=True))
SCORES.add(ScoreKind("top5", "share of rows whose label is among the five best classes", classes=True, share=True))
SCORES.add(ScoreKind("rmse", "root of the mean squared error, in the target's unit", higher_is_better=False))
SCORES.add(ScoreKind("r2", "share of the targets' variance that is explained"))
