"""Report of 1, 3 and 10 million samples: reading the records and drawing the page, as a whole process."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pocketbench import store
from pocketbench.model import Anatomy, Artifact, Job, Measured, Measurement, Proof, Variant

MILLIONS = (1, 3, 10)
JOBS = 20
PROCESSES = 5


def measure() -> dict[str, object]:
    """Write runs of so many samples, report each, and say how the time grows."""
    seconds = {}
    for millions in MILLIONS:
        with tempfile.TemporaryDirectory() as folder:
            _write(Path(folder), millions * 1_000_000)
            began = time.perf_counter()
            subprocess.run([str(Path(sys.executable).parent / "pocketbench"), "report", "last", "--results", folder], check=True, capture_output=True)
            seconds[f"{millions}_million_seconds"] = round(time.perf_counter() - began, 2)
    return {**seconds, "goal": "10 million <= 10 s, linear"}


def _write(results: Path, samples: int) -> None:
    """Write a run of jobs whose samples are seeded log-normal numbers."""
    import numpy as np

    run = store.create(results, suite_text="", suite_name="reporting", versions={}, host={}, commit="", devices={"host": {"kind": "host"}})
    chance = np.random.default_rng(0)
    for number in range(JOBS):
        variant = Variant("model", "keras", "tflite", "as_is", form=f"f{number}")
        anatomy = Anatomy(1000 + number, 900, 10, 0, {"float32": 10}, 0.0, 10, {"CONV_2D v1": 1}, (), ())
        store.append(run, Artifact(store.SCHEMA, str(number), variant, "", "", anatomy, None, 10, {}, False, {}, 0.0))
        blocks = [chance.lognormal(11, 0.05, samples // JOBS // PROCESSES).astype(int).tolist() for _ in range(PROCESSES)]
        latencies = [Measurement("latency", "ns", "steady", process, block) for process, block in enumerate(blocks)]
        job = Job(variant, "python", "litert", "cpu", 1, "host")
        store.append(run, Measured(store.SCHEMA, job, str(number), "host", "", Proof("cpu"), latencies, None, None, "", (), {}, "budget", 50, "", 0.0))
    store.release(run)
