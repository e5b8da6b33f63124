"""Whatever befalls a phone at whatever moment: no record is lost, nothing hangs, nothing is left, and ``--resume`` finishes."""

from pathlib import Path

import pytest

import faults_at_random
from pocketbench.app_build import Built
from pocketbench.simulator.inside import webview

pytestmark = pytest.mark.slow


def test_runs_with_faults_at_random_moments_lose_no_record_and_are_finished_by_resume(tmp_path: Path) -> None:
    """One on a board and one on a phone, always the same two; :mod:`faults_at_random` does as many as one likes."""
    became = list(faults_at_random.soak(2, 2, tmp_path))

    assert len(became) == 2
    assert [one for one in became if one.wrong] == []


@pytest.mark.skipif(webview.find() is None, reason="no Chromium that a phone sees: apt-get install chromium")
def test_runs_in_the_app_with_faults_at_random_moments_are_finished_by_resume_and_take_the_app_off(built_app: Built, tmp_path: Path) -> None:
    """A native crash and an app that is taken off, each while it measures."""
    became = list(faults_at_random.soak(2, 1397, tmp_path, "app"))

    assert built_app.path.exists()
    assert [one.fault.split()[0] for one in became] == ["crash", "uninstall"]
    assert [one for one in became if one.wrong] == []
