"""What may be compared with what, and what a row is judged by."""

from pathlib import Path

import msgspec
import pytest

import records_made
from pocketbench import frames, outcomes
from pocketbench.model import Artifact, Measured
from pocketbench.outcomes import Outcome


def read(results: Path, without: tuple[str, ...] = ()) -> dict[str, Outcome]:
    """The rows of a made-up model that was trained on in many ways, by technique."""
    records_made.a_run(results, records_made.retrained(without=without))
    return {outcome.job.variant.technique: outcome for outcome in frames.load(results=results).outcomes}


def test_a_retrained_row_is_judged_by_its_score(tmp_path: Path) -> None:
    """Its answers were meant to change: LOW-AGREEMENT stays among its flaws and makes it no wrong one; where there is no score it does."""
    row = read(tmp_path)["qat_int8"]
    assert isinstance(row.record, Measured)
    assert (row.flaws, row.wrong, row.sound, row.retrained) == (("LOW-AGREEMENT",), (), True, True)
    unscored = Outcome(row.run, msgspec.structs.replace(row.record, score=None), row.artifact)
    assert (unscored.wrong, unscored.sound) == (("LOW-AGREEMENT",), False)


@pytest.mark.parametrize("flaw", ["NON-FINITE", "CONSTANT-OUTPUT"])
def test_retraining_excuses_nothing_else(tmp_path: Path, flaw: str) -> None:
    """Outputs that are no numbers, or always the same, are wrong whatever was done."""
    row = read(tmp_path)["qat_int8"]
    assert isinstance(row.artifact, Artifact)
    assert Outcome(row.run, row.record, msgspec.structs.replace(row.artifact, flaws=(flaw,))).wrong == (flaw,)


def test_what_is_only_converted_must_agree(tmp_path: Path) -> None:
    """The same flaw on a row that was not retrained makes it a wrong one, and so does a technique that nobody knows."""
    row = read(tmp_path)["qat_int8"]
    for technique in ("int8", "int8_from_tomorrow"):
        variant = msgspec.structs.replace(row.job.variant, technique=technique)
        record = msgspec.structs.replace(row.record, job=msgspec.structs.replace(row.job, variant=variant))
        assert Outcome(row.run, record, row.artifact).wrong == ("LOW-AGREEMENT",)


def test_a_control_trained_as_long_and_did_nothing_else(tmp_path: Path) -> None:
    """It is found among the rows; where it is not there, none is: int8 alone is never taken for it."""
    rows = read(tmp_path)
    found = {technique: outcomes.controlled(row, rows.values()) for technique, row in rows.items()}
    assert {technique: row.job.variant.technique for technique, row in found.items() if row} == {
        "qat_int8": "extra_epochs+int8", "prune50+int8": "extra_epochs+int8", "prune80": "extra_epochs", "prune80+sparse": "extra_epochs",
        "prune2x4": "extra_epochs", "cluster16": "extra_epochs",
    }  # fmt: skip


def test_the_control_in_the_same_settings_comes_first(tmp_path: Path) -> None:
    """Scores do not depend on threads, so another is taken where there is none; one of another model or run is not."""
    row = read(tmp_path, without=("extra_epochs+int8",))["qat_int8"]
    plain = read(tmp_path / "other")["extra_epochs+int8"]
    near = Outcome(row.run, plain.record, plain.artifact)
    far = Outcome(row.run, msgspec.structs.replace(plain.record, job=msgspec.structs.replace(plain.job, threads=4)), plain.artifact)
    assert outcomes.controlled(row, [far, near]) is near
    assert outcomes.controlled(row, [far]) is far
    assert outcomes.controlled(row, [plain]) is None


def test_a_ruined_model_falls_short(tmp_path: Path) -> None:
    """Pruned until it scores 0.1, it is another model, not a smaller one; without float32 its control tells, without either nobody can."""
    rows = read(tmp_path)
    assert [technique for technique, row in rows.items() if outcomes.falls_short(row, list(rows.values()))] == ["prune50+int8"]
    ruined = rows["prune50+int8"]
    assert outcomes.falls_short(ruined, [rows["extra_epochs+int8"]])
    assert not outcomes.falls_short(ruined, [ruined])


def test_a_constant_answer_is_not_the_fault_of_a_form_whose_source_gives_it_too(tmp_path: Path) -> None:
    """An untrained model's forms are compared in size and time; a ready-made file, which is its own source, is not excused."""
    row = read(tmp_path)["extra_epochs"]
    assert isinstance(row.record, Measured)
    assert row.record.agreement is not None
    agreement = msgspec.structs.replace(row.record.agreement, constant=True, source_constant=True)
    record = msgspec.structs.replace(row.record, agreement=agreement, flaws=("CONSTANT-OUTPUT",))
    ready = msgspec.structs.replace(row.job, variant=msgspec.structs.replace(row.job.variant, framework="tflite", technique="as_is"))

    assert "CONSTANT-OUTPUT" not in Outcome(row.run, record, row.artifact).wrong
    assert "CONSTANT-OUTPUT" in Outcome(row.run, msgspec.structs.replace(record, job=ready), row.artifact).wrong
