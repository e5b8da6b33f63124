"""A torch model trained on over the training rows, the same way each time."""

import itertools
import math
from contextlib import AbstractContextManager, ExitStack, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from pocketbench import torch_model
from pocketbench.errors import Refused
from pocketbench.model import Rows, Source
from pocketbench.suite import Train
from pocketbench.techniques import Retraining
from pocketbench.techniques.torch_losses import loss_for, optimizer_for
from pocketbench.zoo.steady_torch import steady

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

# What torch says of an operation that gives another result each time, and of outputs and labels that are no pair.
UNSTEADY = "does not have a deterministic implementation"
OF_THE_LOSS = ("target", "label", "size of tensor", "sizes of tensors", "shape", "broadcast", "class", "expected all elements", "expected floating")
# Rows whose outputs say whether they are probabilities.
LOOKED_AT = 32


class Constraint:
    """What a step keeps true of the weights while a model trains on. This one keeps nothing."""

    def computing(self) -> AbstractContextManager[None]:
        """Surrounds the outputs and the gradients of each batch."""
        return nullcontext()

    def steer(self) -> None:
        """Change the gradients before the optimizer takes them."""

    def settle(self, done: int) -> None:
        """Put the weights right after ``done`` steps of the optimizer; called once before the first, with 0."""


def steps_of(train: Train, rows: Rows) -> int:
    """How many batches training on takes."""
    return train.epochs * len(_batches(torch.arange(rows.training), train.batch))


def train_on(model: nn.Module, work: Retraining, *, times: int = 1, constraints: tuple[Constraint, ...] = ()) -> None:
    """Train a model ``times`` as long as the suite says, in train mode; leave it in eval mode.

    Raises Refused: needs-training-data, technique-not-for-model or training-diverged.
    """
    if len(work.source.outputs) != 1:
        message = f"the rows have one label each, and the model {len(work.source.outputs)} outputs: there is nothing to train the others on"
        raise Refused("technique-not-for-model", message)
    inputs, labels = _examples(work.rows, work.source)
    try:
        with steady():
            _train(model, inputs, labels, work, times, constraints)
    except (ValueError, TypeError, IndexError, ArithmeticError, RuntimeError, NotImplementedError, AttributeError) as error:
        first = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise Refused("technique-not-for-model", f"the model cannot be trained on: {first}"[:300], hint=_hint(first)) from error
    finally:
        model.eval()


def _hint(message: str) -> str:
    """What to do about an error of torch, by its words: only some speak of the loss."""
    if UNSTEADY in message:
        return "the model has an operation whose gradients add up in another order each time: replace it, or leave out what retrains"
    if any(word in message.lower() for word in OF_THE_LOSS):
        return "train.loss must fit the model's output and labels"
    return ""


def _train(model: nn.Module, inputs: list[Tensor], labels: Tensor, work: Retraining, times: int, constraints: tuple[Constraint, ...]) -> None:
    """Go over the rows, epoch by epoch, each time in another order."""
    train, free = work.train, all(each.shape[0] < 0 for each in work.source.inputs)
    with torch.no_grad():
        scores = _scores(model.eval(), [each[:LOOKED_AT] for each in inputs], free=free)
    loss_of, epochs = loss_for(train.loss, scores, labels), train.epochs * times
    optimizer = optimizer_for(train.optimizer, _learning(model), train.learning_rate)
    model.train()
    _settle(constraints, 0)
    done = itertools.count(1)
    for epoch in range(epochs):
        for batch in _batches(torch.randperm(len(labels)), train.batch):
            optimizer.zero_grad()
            with ExitStack() as around:
                for each in constraints:
                    around.enter_context(each.computing())
                loss = loss_of(_scores(model, [each[batch] for each in inputs], free=free), labels[batch])
                _see(float(loss.detach()), epoch, epochs, train)
                loss.backward()
            for each in constraints:
                each.steer()
            optimizer.step()
            _settle(constraints, next(done))
    if not all(bool(weight.isfinite().all()) for weight in model.state_dict().values() if weight.is_floating_point()):
        _see(math.nan, epochs - 1, epochs, train)


def _see(loss: float, epoch: int, epochs: int, train: Train) -> None:
    """Raise Refused (training-diverged) for a loss that is no number."""
    if not math.isfinite(loss):
        hint = f"lower train.learning_rate, now {train.learning_rate:g}, or see that train.loss fits the labels"
        raise Refused("training-diverged", f"the loss became {loss} in epoch {epoch + 1} of {epochs}", hint=hint)


def _settle(constraints: tuple[Constraint, ...], done: int) -> None:
    """Put the weights right, in the constraints' order."""
    with torch.no_grad():
        for each in constraints:
            each.settle(done)


def _learning(model: nn.Module) -> list[nn.Parameter]:
    """The parameters that learn: those that ask for a gradient or, where none does, all that are floats."""
    floats = [weight for weight in model.parameters() if weight.is_floating_point()]
    found = [weight for weight in floats if weight.requires_grad] or floats
    for weight in found:
        weight.requires_grad_()
    if not found:
        raise Refused("technique-not-for-model", "the model cannot be trained on: it has no parameters")
    return found


def _batches(order: Tensor, size: int) -> list[Tensor]:
    """Cut an order of rows into batches; a rest of one row goes with the batch before it, for a batch norm learns nothing from one."""
    cut = list(torch.split(order, size))
    if len(cut) > 1 and len(cut[-1]) == 1:
        *cut, last, one = cut
        cut.append(torch.cat([last, one]))
    return cut


def _scores(model: nn.Module, rows: list[Tensor], *, free: bool) -> Tensor:
    """The one output of a model for several rows; one after another where the model takes one at a time."""
    calls = [rows] if free else list(zip(*(each.split(1) for each in rows), strict=True))
    return torch.cat([torch_model.flat(model(*call))[0] for call in calls])


def _examples(rows: Rows, source: Source) -> tuple[list[Tensor], Tensor]:
    """The training rows, one tensor an input in its dtype, and their labels."""
    import numpy as np

    if not rows.training or not rows.labelled:
        raise Refused("needs-training-data", "there are no labelled rows to train on", hint="give data with labels, and train = { rows = 1000 }")
    folder = Path(rows.folder)
    arrays = [np.load(folder / f"training-x{index}.npy", allow_pickle=False) for index in range(len(source.inputs))]
    labels = np.load(folder / "training-y.npy", allow_pickle=False)
    whole = labels.astype(np.int64) if labels.dtype.kind in "iub" else labels.astype(np.float32)
    inputs = [torch.from_numpy(array.astype(each.dtype, copy=False)) for array, each in zip(arrays, source.inputs, strict=True)]
    return inputs, torch.from_numpy(whole)
