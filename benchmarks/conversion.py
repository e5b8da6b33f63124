"""The second conversion of a suite against the first: how much the cache saves."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

REPEATS = 3


def measure() -> dict[str, object]:
    """Convert the demo suite with an empty cache, then again."""
    with tempfile.TemporaryDirectory() as cache:
        first = _seconds(cache)
        again = min(_seconds(cache) for _ in range(REPEATS))
    return {"first_seconds": round(first, 2), "second_seconds": round(again, 3), "ratio": round(first / again, 1), "goal": "ratio >= 50"}


def _seconds(cache: str) -> float:
    """Wall seconds of ``pocketbench convert`` as a whole process."""
    command = [str(Path(sys.executable).parent / "pocketbench"), "convert", "suites/demo.toml"]
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, env={**os.environ, "POCKETBENCH_CACHE": cache})
    return time.perf_counter() - began
