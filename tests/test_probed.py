"""Operations that a format lacks, found once a model before anything is retrained or converted."""

from pathlib import Path

import msgspec
import pytest

from pocketbench import probed, reasons
from pocketbench.errors import Refused, WorkerCrashed
from pocketbench.model import Source, Variant
from pocketbench.worker import Workers

USUAL = Variant("inverse", "keras", "tflite", "int8", route="keras>tf>tflite")
SELECT = msgspec.structs.replace(USUAL, technique="float32", form="select_tf_ops")
EVERYDAY = Source("key", "keras", "model.keras", (), (), 0, {"Conv2D": 1, "Relu": 1})

MODEL = """
import keras
def build():
    square = keras.Input((3, 3), name="square")
    return keras.Model(square, keras.ops.inv(square))
"""


def test_an_everyday_model_costs_no_worker(tmp_path: Path) -> None:
    """The names of its operations are enough; a form that it has no need of is refused at once."""
    with Workers(tmp_path) as workers:
        probed.check(USUAL, EVERYDAY, workers)
        with pytest.raises(Refused, match="the usual form is the same file") as caught:
            probed.check(SELECT, EVERYDAY, workers)
        assert not workers._workers
    assert caught.value.beforehand


@pytest.mark.parametrize(("technique", "form"), [("extra_epochs", "old_ops"), ("prune80+qat_int8", "fused"), ("prune80+int8", "select_tf_ops")])
def test_a_form_that_makes_no_sense_for_a_technique_is_refused_before_anything_is_trained(technique: str, form: str, tmp_path: Path) -> None:
    """By what the technique leaves to the converter."""
    with Workers(tmp_path) as workers:
        with pytest.raises(Refused) as caught:
            probed.check(msgspec.structs.replace(USUAL, technique=technique, form=form), EVERYDAY, workers)
        assert not workers._workers
    assert caught.value.beforehand


def test_the_encoding_does_not_change_which_versions_there_are(tmp_path: Path) -> None:
    """``dynamic_int8+sparse`` has older versions as ``dynamic_int8`` has."""
    with Workers(tmp_path) as workers:
        probed.check(msgspec.structs.replace(USUAL, technique="dynamic_int8+sparse", form="old_ops"), EVERYDAY, workers)


def test_ready_made_files_and_formats_that_cannot_tell_are_let_through(tmp_path: Path) -> None:
    """Nothing is converted there."""
    own = msgspec.structs.replace(EVERYDAY, operations={"MatrixInverse": 1})
    with Workers(tmp_path) as workers:
        for framework, name in (("tflite", "tflite"), ("keras", "source")):
            probed.check(msgspec.structs.replace(USUAL, framework=framework, format=name), own, workers)
        assert not workers._workers


@pytest.mark.slow
def test_a_look_that_ends_the_worker_is_not_repeated(tmp_path: Path) -> None:
    """Nothing is known then, and every variant of the run tells for itself."""
    strange = msgspec.structs.replace(EVERYDAY, key="crashes", operations={"Strange": 1})
    with Workers(tmp_path, memory_limit_bytes=1) as doomed:
        probed.check(USUAL, strange, doomed)
        lost = dict(doomed.lost)
        probed.check(SELECT, strange, doomed)
        assert doomed.lost == lost
        assert len(lost) == 1


@pytest.mark.slow
def test_a_model_is_looked_at_once_for_all_its_variants(tmp_path: Path) -> None:
    """The first variant asks a worker, the next ones find what it said; what was known beforehand is a skip."""
    (tmp_path / "models.py").write_text(MODEL)
    arguments = {"source": "python:models:build", "base": str(tmp_path), "folder": str(tmp_path)}
    with Workers(tmp_path) as workers:
        source = msgspec.convert(workers.call("tensorflow", "pocketbench.sources:open_source", arguments, deadline_s=300), Source)
        with pytest.raises(Refused, match="no kernel for MatrixInverse") as first:
            probed.check(USUAL, source, workers)
    with Workers(tmp_path) as idle:
        with pytest.raises(Refused, match="no kernel for MatrixInverse"):
            probed.check(msgspec.structs.replace(USUAL, technique="prune80"), source, idle)
        probed.check(SELECT, source, idle)
        assert not idle._workers

    assert (first.value.reason, reasons.skips(first.value)) == ("unsupported-operation", True)
    assert "select_tf_ops" in first.value.hint


def test_a_refusal_of_the_converter_itself_is_a_failure() -> None:
    """Only what was known beforehand, or what its reason says was nothing to try, is a skip."""
    kinds = [Refused("unsupported-operation", "no"), Refused("technique-not-for-model", "no"), WorkerCrashed("no"), ValueError("no")]
    assert [reasons.skips(error) for error in kinds] == [False, True, False, False]
