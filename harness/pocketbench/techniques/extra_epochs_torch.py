"""``extra_epochs`` of a torch model."""

from pathlib import Path

from pocketbench import torch_kept, torch_model
from pocketbench.techniques import Retraining, torch_training


def make(work: Retraining) -> Path:
    """Train on and nothing else. Raises Refused."""
    model = torch_model.eager(work.source)
    torch_training.train_on(model, work, times=work.step.times)
    return torch_kept.keep_weights(work.source, model, work.folder)
