"""``pocketbench --help`` against a bare start of Python, in pairs."""

import subprocess
import sys
import time
from pathlib import Path
from statistics import median

PAIRS = 15


def measure() -> dict[str, object]:
    """Time both in turn; the ratio is the median of the pairs' ratios."""
    command = [str(Path(sys.executable).parent / "pocketbench"), "--help"]
    pairs = [(_seconds(command), _seconds([sys.executable, "-c", "pass"])) for _ in range(PAIRS)]
    return {
        "help_seconds": round(median(one for one, _ in pairs), 4),
        "bare_python_seconds": round(median(bare for _, bare in pairs), 4),
        "ratio": round(median(one / bare for one, bare in pairs), 2),
        "goal": "ratio <= 15 and <= 0.2 s",
    }


def _seconds(command: list[str]) -> float:
    """Wall seconds of one process."""
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True)
    return time.perf_counter() - began
