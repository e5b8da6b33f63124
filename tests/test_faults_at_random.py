"""Whatever befalls a phone at whatever moment: no record is lost, nothing hangs, nothing is left, and ``--resume`` finishes."""

from pathlib import Path

import pytest

import faults_at_random

pytestmark = pytest.mark.slow


def test_runs_with_faults_at_random_moments_lose_no_record_and_are_finished_by_resume(tmp_path: Path) -> None:
    """One on a board and one on a phone, always the same two; :mod:`faults_at_random` does as many as one likes."""
    became = list(faults_at_random.soak(2, 2, tmp_path))

    assert len(became) == 2
    assert [one for one in became if one.wrong] == []
