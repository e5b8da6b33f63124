"""Models opened and retrained: what is made again, and when."""

from pathlib import Path
from typing import Any

import pytest

from pocketbench import cache, opened, retrained, suite
from pocketbench.model import Variant
from pocketbench.sources import SOURCES
from pocketbench.sources.asked import Asked
from pocketbench.worker import Workers

SUITE = """
[suite]
name = "line"

[[model]]
name = "line"
source = "python:lines:line"
data = { source = "rows.npz", calibration = 4, scoring = 4 }
train = { rows = 8, epochs = 1 }
"""
LINES = """
import torch

def line():
    return torch.nn.Linear(3, 1).eval(), torch.zeros(1, 3)
"""


def test_only_a_kind_of_source_that_looks_at_trust_is_another_source_with_it(tmp_path: Path) -> None:
    """One pickle that is trusted does not open, and train, all models of the suite again."""
    for kind in SOURCES:
        plain, trusted = (Asked(trust=trust).identity(tmp_path, kind.takes) for trust in (False, True))
        assert (plain != trusted) is (kind.name == "torch file")


@pytest.mark.slow
def test_force_makes_all_of_a_model_again_and_each_part_once(tmp_path: Path) -> None:
    """The source, its own outputs, and a step of retraining, however many techniques begin with it."""
    import numpy as np

    (tmp_path / "lines.py").write_text(LINES)
    np.savez(tmp_path / "rows.npz", x=np.random.default_rng(0).random((16, 3), dtype=np.float32), y=np.ones((16, 1), np.float32))
    wished = suite.parse(SUITE, file="suite.toml", base=tmp_path)
    variants = [Variant("line", "torch", "onnx", technique, route="torch>onnx") for technique in ("extra_epochs", "extra_epochs+int8")]

    def stamps(*, force: bool) -> list[Any]:
        with Workers(tmp_path) as workers:
            models = opened.open_models(wished, variants, workers, lambda _: None, force=force)
            model = models["line", "torch"]
            made = [Path(retrained.retrained(variant, model, workers, force=force).path) for variant in variants]
            one_step = made[0].stat().st_ino
            assert made[1].stat().st_ino == one_step
            folders = (Path(model.source.path), model.reference, made[0])
            return [place.stat().st_ino for place in folders]

    first = stamps(force=False)
    assert stamps(force=False) == first
    assert all(now != before for now, before in zip(stamps(force=True), first, strict=True))
    assert set(cache.size()) >= {"sources", "references", "retrained"}
