"""The share of a run's wall time that is not conversion, transfer or measuring."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def measure() -> dict[str, object]:
    """Run the demo suite cold and warm; what its events do not account for is the harness's own."""
    with tempfile.TemporaryDirectory() as cache:
        cold, warm = _run(cache), _run(cache)
    return {"cold": cold, "warm": warm, "goal": "share <= 0.05"}


def _run(cache: str) -> dict[str, float]:
    """One run: wall seconds, seconds that events account for, the share of the rest."""
    with tempfile.TemporaryDirectory() as results:
        command = [str(Path(sys.executable).parent / "pocketbench"), "run", "suites/demo.toml", "--json", "--results", results]
        began = time.perf_counter()
        said = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "POCKETBENCH_CACHE": cache})
        wall = time.perf_counter() - began
    events = [json.loads(line) for line in said.stdout.splitlines()]
    worked = sum(
        event["seconds"] for event in events if event["event"] in ("model-opened", "job-ended") or (event["event"] == "converted" and not event["cached"])
    )
    return {"wall_seconds": round(wall, 2), "worked_seconds": round(worked, 2), "share": round(1 - worked / wall, 4)}
