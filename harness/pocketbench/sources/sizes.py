"""Sizes that ready-made files leave open, and a suite says: ``shapes``."""

from collections.abc import Sequence

import msgspec

from pocketbench.errors import SourceError
from pocketbench.model import Tensor
from pocketbench.sources import specs

LENGTH = 128


def check(inputs: Sequence[Tensor], outputs: Sequence[Tensor], text: str) -> None:
    """See that one row is of one shape, and say what to type where it is not. Raises SourceError.

    Inputs that no shape can help, as those without a batch in front, are told first.
    """
    able = {each.name: each.shape[:1] in ((-1,), (1,)) for each in inputs}
    try:
        specs.check(sorted(inputs, key=lambda each: able[each.name]), outputs, text)
    except SourceError as error:
        open_sizes = all(able.values()) and any(-1 in each.shape[1:] for each in inputs)
        raise SourceError(error.message, hint=shapes(inputs) if open_sizes else error.hint) from error


def given(inputs: Sequence[Tensor], asked: Sequence[Tensor], text: str) -> tuple[Tensor, ...]:
    """The inputs with the sizes of one row that were asked for. Raises SourceError for sizes that do not fit."""
    if len(asked) != len(inputs):
        raise SourceError(f"{text}: shapes has {len(asked)} entries, and the model has {len(inputs)} inputs", hint=shapes(inputs))
    for each, wanted in zip(inputs, asked, strict=True):
        if len(each.shape) != len(wanted.shape) or any(own not in (-1, size) for own, size in zip(each.shape, wanted.shape, strict=True)):
            raise SourceError(f"{text}: input {each.name!r} has shape {each.shape}, which {wanted.shape} does not fit", hint=shapes(inputs))
    return tuple(msgspec.structs.replace(each, shape=wanted.shape) for each, wanted in zip(inputs, asked, strict=True))


def shapes(inputs: Sequence[Tensor]) -> str:
    """The line of a suite that says the sizes of one row, with some size in the place of each open one."""
    return "say them in the suite: shapes = [" + ", ".join(f'"{"x".join(map(str, _closed(each)))}:{each.dtype}"' for each in inputs) + "]"


def _closed(each: Tensor) -> list[int]:
    """A shape with the batch 1 and some size in the place of each other open one."""
    return [1 if size < 0 and place == 0 else LENGTH if size < 0 else size for place, size in enumerate(each.shape)]
