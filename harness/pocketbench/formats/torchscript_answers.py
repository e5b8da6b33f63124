"""What a module answers to a few rows: the way to see that a graph, a file or integer kernels compute what they should."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from pocketbench import torch_model
from pocketbench.model import Rows, Source

MOST_CALIBRATION = 6
# Rows of a norm below this share of the largest are held against that share: nothing is divided by nearly nothing.
SMALL = 1e-2
SEED = 1

Row = tuple[Any, ...]


def rows_of(source: Source, rows: Rows) -> list[Row]:
    """One example row, seeded rows of other signs and sizes, which branches depend on, and calibration rows where there are any."""
    example = torch_model.example(source)
    seen = itertools.islice(torch_model.calibration(source, rows, ""), MOST_CALIBRATION) if rows.calibration else ()
    return [example, *_seeded(example), *seen]


def _seeded(example: Row) -> Iterator[Row]:
    """Rows like one: its negative, larger ones and smaller ones of either sign, shares of 1; integers stay as they are."""
    import torch

    random = torch.Generator().manual_seed(SEED)
    makers: Sequence[Callable[[Any], Any]] = (
        lambda like: -like, lambda like: 10 * torch.randn(like.shape, generator=random), lambda like: 0.1 * torch.randn(like.shape, generator=random),
        lambda like: torch.rand(like.shape, generator=random), lambda like: -torch.rand(like.shape, generator=random),
    )  # fmt: skip
    for make in makers:
        yield tuple(make(each).to(each.dtype) if each.is_floating_point() else each for each in example)


def answered(module: Callable[..., Any], rows: Sequence[Row]) -> tuple[list[Row], list[Any]]:
    """The rows that a module can take, without those that it answers with something infinite or no number, and its answers."""
    import torch

    pairs = [(row, each) for row, each in zip(rows, answers(module, rows), strict=True) if each is not None and bool(torch.isfinite(each).all())]
    return [row for row, _ in pairs], [each for _, each in pairs]


def answers(module: Callable[..., Any], rows: Sequence[Row]) -> list[Any]:
    """What a module gives to each row, its outputs one after another as one vector, float64; None to a row that it cannot take."""
    import torch

    found: list[Any] = []
    for index, row in enumerate(rows):
        try:
            gives = torch_model.flat(module(*(each.clone() for each in row)))
        except Exception:
            if index == 0:  # what does not even take the example takes nothing
                raise
            found.append(None)
        else:
            found.append(torch.cat([each.detach().double().reshape(-1) for each in gives]))
    return found


def errors(given: Sequence[Any], wanted: Sequence[Any]) -> list[float]:
    """The relative error of each row: the norm of the difference over that of what is wanted. A row that was not answered is 1."""
    largest = max((float(theirs.norm()) for theirs in wanted), default=0.0)
    return [_error(ours, theirs, largest) for ours, theirs in zip(given, wanted, strict=True)]


def _error(ours: Any, theirs: Any, largest: float) -> float:
    """The relative error of one row; NaN counts as infinitely far."""
    if ours is None or ours.shape != theirs.shape:
        return 1.0
    far = float((ours - theirs).norm())
    if far == 0:
        return 0.0
    scale = max(float(theirs.norm()), SMALL * largest)
    return far / scale if scale and far == far else float("inf")  # NaN alone is not itself
