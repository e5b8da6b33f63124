"""Pocketbench measures which way of getting a model onto a phone is small enough, fast enough and still right.

import pocketbench
runs = pocketbench.load("last")
runs.frame()    # one row a sample
runs.jobs()     # one row a job, skips and failures too
runs.conditions()    # one row a look at a device: heat, battery, frequencies, around jobs and, in the app, around phases
runs.python_beside_app()    # one row a file that the app and Python (or Node.js) both measured on one device: the ratio of their medians
runs.app_parts()    # one row a part of the app that a device had: each engine, and what they share, in bytes
"""

from importlib.metadata import version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from pocketbench.frames import Runs

__all__ = ["__version__", "load"]

__version__ = version("pocketbench")


def load(*runs: "str | Path", results: "str | Path" = "results") -> "Runs":
    """Read runs by id, path or ``"last"``; see :class:`pocketbench.frames.Runs`. Raises ResultsError when one is not there."""
    from pathlib import Path

    from pocketbench import frames

    return frames.load(*runs, results=Path(results))
