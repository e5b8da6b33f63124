"""Workers that run on the Python of an environment of its own."""

from contextlib import closing
from pathlib import Path

import pytest

from pocketbench import environments
from pocketbench.toolchains import TOOLCHAINS
from pocketbench.worker import Worker

pytestmark = pytest.mark.slow

MIB = 1 << 20
SOON_S = 60.0


@pytest.fixture
def worker(tflite_runtime: Path, tmp_path: Path) -> Worker:
    """One on the small environment of tflite-runtime, which has numpy and little else."""
    return Worker(
        "test", log=tmp_path / "log.txt", environment={"PYTHONPATH": str(environments.importable()), "PYTHONNOUSERSITE": "1"},
        memory_limit_bytes=4096 * MIB, recycle_bytes=4096 * MIB, python=str(tflite_runtime), allowed=("pocketbench.", "importlib."),
    )  # fmt: skip


def test_it_has_the_packages_of_the_environment_and_pocketbench_and_none_of_the_harness(worker: Worker) -> None:
    """Though the package itself may lie among those."""
    with closing(worker):
        assert worker.call("importlib.metadata:version", {"distribution_name": "numpy"}, deadline_s=SOON_S) == "1.26.4"
        assert worker.call("pocketbench.registry:nearest", {"word": "flot32", "known": ["float32"]}, deadline_s=SOON_S) == "did you mean 'float32'?"
        assert worker.call("importlib.util:find_spec", {"name": "msgspec"}, deadline_s=SOON_S) is None


def test_every_environment_that_a_toolchain_runs_in_is_one() -> None:
    """A name that is none would show only when a model is converted."""
    assert {toolchain.own for toolchain in TOOLCHAINS} - {""} <= set(environments.ENVIRONMENTS.names())
