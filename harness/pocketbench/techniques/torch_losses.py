"""The losses that a suite names, in Keras' words, for torch; what Keras does with outputs and labels is done here too."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from pocketbench.errors import Refused

# Losses of targets; a class number is none.
DISTANCES = ("mean_squared_error", "mean_absolute_error", "huber")
SHORT = {"mse": "mean_squared_error", "mae": "mean_absolute_error", "mean_squared_logarithmic_error": "msle", "kld": "kl_divergence"}
# How near to 1 the scores of a row must add up to be probabilities, and what a probability may be least.
NEAR, LEAST = 1e-3, 1e-7

Loss = Callable[[Tensor, Tensor], Tensor]


def loss_for(name: str, scores: Tensor, labels: Tensor) -> Loss:
    """The loss that the suite names, or, for "", the one that fits: cross-entropy where labels are classes, else the mean squared error.

    ``scores`` are outputs of a few rows: those that are no probabilities are logits. The loss takes outputs and labels of a
    batch and gives one number. Raises Refused (technique-not-for-model).
    """
    chosen = SHORT.get(name, name) or _fitting(scores, labels)
    if chosen in DISTANCES and not labels.is_floating_point() and labels.ndim == 1 and scores.ndim > 1 and scores.shape[-1] != 1:
        message = f"{chosen} measures how far numbers are apart, and the labels are numbers of classes"
        raise Refused("technique-not-for-model", message, hint='leave train.loss out, or write loss = "sparse_categorical_crossentropy"')
    if chosen in ENTROPIES:
        shares = _probabilities(scores)
        return lambda outputs, those: ENTROPIES[chosen](outputs, those, shares)
    if chosen in MEASURES:
        return lambda outputs, those: MEASURES[chosen](*_alike(outputs, those))
    known = ", ".join((*ENTROPIES, *MEASURES))
    raise Refused("technique-not-for-model", f"the model cannot be trained on: torch is given no loss {name!r}", hint=f"train.loss is one of {known}")


def _fitting(scores: Tensor, labels: Tensor) -> str:
    """Cross-entropy where there are classes, else the mean squared error."""
    if labels.is_floating_point():
        return "mean_squared_error"
    return "sparse_categorical_crossentropy" if scores.ndim > 1 and scores.shape[-1] > 1 else "binary_crossentropy"


def _probabilities(scores: Tensor) -> bool:
    """Whether scores are shares: none negative, none over 1, adding up to 1 where there are several."""
    within = bool((scores >= 0).all() and (scores <= 1 + NEAR).all())
    return within and (scores.shape[-1] == 1 or bool((scores.sum(dim=-1) - 1).abs().max() < NEAR))


def _sparse_categorical(outputs: Tensor, labels: Tensor, shares: bool) -> Tensor:
    """Cross-entropy with class numbers, shape (batch,) or (batch, 1)."""
    return nn.functional.nll_loss(_logarithms(outputs, shares), labels.reshape(len(labels)).long())


def _categorical(outputs: Tensor, labels: Tensor, shares: bool) -> Tensor:
    """Cross-entropy with a share for each class, shape (batch, classes)."""
    outputs, labels = _alike(outputs, labels)
    return -(labels * _logarithms(outputs, shares)).sum(dim=-1).mean()


def _binary(outputs: Tensor, labels: Tensor, shares: bool) -> Tensor:
    """Cross-entropy of yes and no, each output for itself."""
    outputs, labels = _alike(outputs, labels)
    if shares:
        return nn.functional.binary_cross_entropy(outputs.clamp(LEAST, 1 - LEAST), labels)
    return nn.functional.binary_cross_entropy_with_logits(outputs, labels)


def _logarithms(outputs: Tensor, shares: bool) -> Tensor:
    """The logarithms of the shares of classes, shape (batch, classes)."""
    return outputs.clamp_min(LEAST).log() if shares else outputs.log_softmax(dim=-1)


def _alike(outputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Outputs, and labels of the same shape and dtype. Raises ValueError where they are not: torch would stretch one over the other."""
    if labels.numel() == outputs.numel() and len(labels) == len(outputs):
        return outputs, labels.reshape(outputs.shape).to(outputs.dtype)
    raise ValueError(f"outputs of shape {tuple(outputs.shape)} and labels of shape {tuple(labels.shape)} do not fit each other")


ENTROPIES: Mapping[str, Callable[[Tensor, Tensor, bool], Tensor]] = {
    "sparse_categorical_crossentropy": _sparse_categorical,
    "categorical_crossentropy": _categorical,
    "binary_crossentropy": _binary,
}
MEASURES: Mapping[str, Callable[[Tensor, Tensor], Tensor]] = {
    "mean_squared_error": nn.functional.mse_loss,
    "mean_absolute_error": nn.functional.l1_loss,
    "huber": nn.functional.huber_loss,
    "log_cosh": lambda outputs, labels: (outputs - labels).cosh().log().mean(),
    "kl_divergence": lambda outputs, labels: (labels * (labels.clamp(LEAST, 1) / outputs.clamp(LEAST, 1)).log()).sum(dim=-1).mean(),
    "poisson": lambda outputs, labels: (outputs - labels * (outputs + LEAST).log()).mean(),
}


def optimizer_for(name: str, weights: list[Any], rate: float) -> torch.optim.Optimizer:
    """The optimizer that the suite names, with the numbers that Keras has it with. Raises Refused (technique-not-for-model)."""
    kinds: Mapping[str, Callable[[], torch.optim.Optimizer]] = {
        "adam": lambda: torch.optim.Adam(weights, rate, eps=LEAST),
        "adamw": lambda: torch.optim.AdamW(weights, rate, eps=LEAST, weight_decay=0.004),
        "adamax": lambda: torch.optim.Adamax(weights, rate, eps=LEAST),
        "nadam": lambda: torch.optim.NAdam(weights, rate, eps=LEAST),
        "sgd": lambda: torch.optim.SGD(weights, rate),
        "rmsprop": lambda: torch.optim.RMSprop(weights, rate, alpha=0.9, eps=LEAST),
        "adagrad": lambda: torch.optim.Adagrad(weights, rate, initial_accumulator_value=0.1, eps=LEAST),
        "adadelta": lambda: torch.optim.Adadelta(weights, rate, rho=0.95, eps=LEAST),
    }
    if name.lower() not in kinds:
        message = f"the model cannot be trained on: torch is given no optimizer {name!r}"
        raise Refused("technique-not-for-model", message, hint=f"train.optimizer is one of {', '.join(kinds)}")
    return kinds[name.lower()]()
