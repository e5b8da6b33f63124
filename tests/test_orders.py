"""Orders laid out: the model beside its rows."""

import os
import tempfile
from pathlib import Path

import numpy as np
import pytest

from pocketbench import orders
from pocketbench.devices.host import Host
from pocketbench.model import Anatomy, Job, Rows, Source, Tensor, Variant
from pocketbench.orders import Bench

X = (Tensor("x", (1, 2), "float32"),)
ANATOMY = Anatomy(0, 0, 0, 0, {}, 0.0, 0, {}, X, X)


def bench(model: Path, rows: Path) -> Bench:
    """A bench of three rows of zeros for some model."""
    np.save(rows / "scoring-x0.npy", np.zeros((3, 2), np.float32))
    job = Job(Variant("m", "keras", "source", "as_is"), "python", "keras", "cpu", 1, "host")
    return Bench(job, model, ANATOMY, Source("", "keras", "", X, X, 0), Rows("", str(rows), 3, 0, 0, labelled=False), Host(), 1.0)


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """A model that is a folder with a folder in it."""
    (tmp_path / "saved_model" / "variables").mkdir(parents=True)
    (tmp_path / "saved_model" / "saved_model.pb").write_bytes(b"graph")
    (tmp_path / "saved_model" / "variables" / "variables.index").write_bytes(b"weights")
    return tmp_path / "saved_model"


def test_a_model_that_is_a_folder_is_laid_out_whole(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each file under a second name, not copied; the original is there afterwards."""
    monkeypatch.setenv("POCKETBENCH_CACHE", str(tmp_path / "cache"))
    with orders.laid_out(bench(saved, tmp_path)) as folder:
        place = folder / "model" / "variables" / "variables.index"
        assert (folder / "model" / "saved_model.pb").read_bytes() == b"graph"
        assert place.read_bytes() == b"weights"
        assert place.samefile(saved / "variables" / "variables.index")
        assert (folder / "input0.bin").stat().st_size == 3 * 2 * 4
    assert not folder.exists()
    assert (saved / "variables" / "variables.index").read_bytes() == b"weights"


def test_a_model_on_another_file_system_is_copied(saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a file can have no second name."""
    memory = Path("/dev/shm")  # noqa: S108 - nothing is written there by a name that others know
    if not os.access(memory, os.W_OK) or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system")
    with tempfile.TemporaryDirectory(dir=memory) as other:
        monkeypatch.setenv("POCKETBENCH_CACHE", other)
        with orders.laid_out(bench(saved, tmp_path)) as folder:
            assert (folder / "model" / "variables" / "variables.index").read_bytes() == b"weights"
            assert not (folder / "model" / "saved_model.pb").samefile(saved / "saved_model.pb")


def test_a_model_that_is_a_file_keeps_its_ending(tmp_path: Path) -> None:
    """Engines tell by it what they are given."""
    (tmp_path / "mine.keras").write_bytes(b"model")
    with orders.laid_out(bench(tmp_path / "mine.keras", tmp_path)) as folder:
        assert (folder / "model.keras").read_bytes() == b"model"
