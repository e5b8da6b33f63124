"""A plan of a thousand jobs, as a whole process."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

RUNS = 7
MODELS = 143  # times seven techniques


def measure() -> dict[str, object]:
    """Time ``pocketbench plan`` of a suite of a thousand jobs."""
    with tempfile.TemporaryDirectory() as folder:
        suite = Path(folder) / "thousand.toml"
        suite.write_text('[suite]\nname = "thousand"\n' + "".join(f'[[model]]\nname = "m{number}"\nsource = "zoo:digits-cnn"\n' for number in range(MODELS)))
        command = [str(Path(sys.executable).parent / "pocketbench"), "plan", str(suite)]
        seconds, jobs = [], 0
        for _ in range(RUNS):
            began = time.perf_counter()
            said = subprocess.run(command, check=True, capture_output=True, text=True)
            seconds.append(time.perf_counter() - began)
            jobs = len(said.stdout.splitlines())
    return {"jobs": jobs, "process_seconds": round(median(seconds), 3), "goal": "<= 0.5 s"}
