"""One tool of the build, run to its end."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from pocketbench.errors import BuildFailed

DEADLINE_S = 900.0
MAX_LINES, MAX_LINE = 12, 300


def run(what: str, command: Sequence[str | Path], *, environment: Mapping[str, str] | None = None) -> str:
    """Run a tool that cannot ask anything; what it printed. Raises BuildFailed: ``what``, then the tool's own words."""
    words = [str(word) for word in command]
    try:
        ended = subprocess.run(
            words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            timeout=DEADLINE_S, check=False, env={**os.environ, **(environment or {})},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise BuildFailed(f"{what}: {Path(words[0]).name} was still busy after {DEADLINE_S:g} s") from error
    except OSError as error:
        raise BuildFailed(f"{what}: {words[0]}: {error.strerror}") from error
    if ended.returncode != 0:
        raise BuildFailed(f"{what}: {_said(ended.stdout) or f'it ended with {ended.returncode}'}", log=ended.stdout)
    return ended.stdout


def _said(output: str) -> str:
    """The first lines of what a tool printed, each of them short."""
    lines = [line.rstrip()[:MAX_LINE] for line in output.splitlines() if line.strip() and not line.startswith("Note:")]
    return "\n".join([*lines[:MAX_LINES], *(["…"] if len(lines) > MAX_LINES else [])])
