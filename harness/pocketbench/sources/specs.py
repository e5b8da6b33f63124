"""Inputs and outputs as the nouns of a run, refusing what cannot be measured."""

from collections.abc import Sequence

from pocketbench.errors import SourceError
from pocketbench.model import Tensor

# What a hint writes for a size that is free: the usual one of images, and some length of a sequence.
IMAGE_RANK, IMAGE_SIZE, LENGTH = 3, 224, 128
NUMBERS = ("float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8", "bool")


def tensor(name: str, shape: Sequence[int | None] | None, dtype: str, *, scale: float = 0.0, zero_point: int = 0) -> Tensor:
    """Make a Tensor of a framework's own shape, in which None or a negative number is free; a shape of None is wholly free."""
    sizes = (-1,) if shape is None else tuple(-1 if size is None or size < 0 else int(size) for size in shape)
    return Tensor(name, sizes, dtype, scale, zero_point)


def check(inputs: Sequence[Tensor], outputs: Sequence[Tensor], text: str) -> None:
    """See that a model takes one row at a time, of one shape, in numbers. Raises SourceError naming the tensor."""
    if not inputs or not outputs:
        raise SourceError(f"{text}: the model has {len(inputs)} inputs and {len(outputs)} outputs; at least one of each is needed")
    for each in (*inputs, *outputs):
        if each.dtype not in NUMBERS:
            raise SourceError(f"{text}: {each.name!r} is of type {each.dtype}; only numbers can be measured", hint="put the preparation of texts outside")
    for each in inputs:
        _check_shape(each, text)


def _check_shape(each: Tensor, text: str) -> None:
    """See that the first dimension is the batch, free or 1, and that the others are known."""
    if not each.shape or each.shape[0] not in (-1, 1):
        hint = "make the first dimension the batch, free or 1"
        raise SourceError(f"{text}: input {each.name!r} has shape {each.shape}; rows are run one at a time", hint=hint)
    if any(size < 0 for size in each.shape[1:]):
        raise SourceError(
            f"{text}: input {each.name!r} has shape {each.shape}: more than the batch is free, and one size is measured",
            hint=_sized(each.shape[1:]),
        )


def _sized(free: tuple[int, ...]) -> str:
    """The line to type for a model whose row has free sizes: an application of Keras where it takes images, else an input."""
    images = len(free) == IMAGE_RANK
    sizes = tuple((IMAGE_SIZE if images else LENGTH) if size < 0 else size for size in free)
    if not images:
        return f"fix the others when the model is built: keras.Input({sizes})"
    return f"fix the others when the model is built: keras.applications.MobileNetV3Small(weights=None, input_shape={sizes}), or keras.Input({sizes})"
