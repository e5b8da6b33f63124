"""Python on a device: which one, and which engines' packages it has. What it answers is read by pure functions."""

import os
import shlex
from dataclasses import dataclass
from itertools import pairwise

from pocketbench.model import Refusal
from pocketbench.remote import Remote

VARIABLE = "POCKETBENCH_DEVICE_PYTHON"
NAMES = ("python3", "python3.13", "python3.12", "python3.11", "python3.10", "/data/local/tmp/python/bin/python3", "/usr/local/bin/python3", "python")
LOOK_S = 60.0
# Some frameworks take this long to be imported from a slow card.
IMPORT_S = 180.0

_LOOK = """for p in {names}; do
  command -v "$p" >/dev/null 2>&1 || continue
  "$p" -c 'import sys
print("python", sys.executable, sys.version.split()[0], int(sys.version_info >= (3, 10)))
import numpy
print("numpy", numpy.__version__)' 2>/dev/null
done
true"""

_PROBE = """import sys
sys.path.insert(0, "runner")
import runner
try:
    order = {"engine": sys.argv[1], "accelerator": "cpu", "threads": 1, "options": {}, "inputs": [], "outputs": [], "rows": 1, "batch": 1, "stateful": False}
    runner.find_engine(sys.argv[1])("model", order)
    print("\\npocketbench-engine there")
except ImportError as error:
    print("\\npocketbench-engine missing", str(error).replace("\\n", " ")[:300])
except Exception:
    print("\\npocketbench-engine there")
"""


@dataclass(frozen=True, slots=True)
class Python:
    """A Python that can run the runner."""

    program: str
    version: str
    numpy: str


def find(remote: Remote) -> Python | Refusal:
    """The first Python 3.10 or newer that has numpy, or what is lacking. Raises WireError."""
    chosen = [name for name in os.environ.get(VARIABLE, "").split(os.pathsep) if name]
    text = _LOOK.format(names=" ".join(shlex.quote(name) for name in (*chosen, *NAMES)))
    return read(remote.shell(text, deadline_s=LOOK_S, called="look for Python").stdout)


def read(said: str) -> Python | Refusal:
    """Read what was found: of each Python a line with program, version and whether it is new enough, and a line with numpy's version where it has that."""
    lines = [line.split(" ") for line in said.splitlines()]
    pythons = [line for line in lines if line[0] == "python" and len(line) == 4]
    for line, after in pairwise([*lines, [""]]):
        if line in pythons and line[3] == "1" and after[0] == "numpy":
            return Python(line[1], line[2], after[-1])
    if new := next((line for line in pythons if line[3] == "1"), None):
        return _lacks(f"its Python {new[2]} has no numpy", f"there: {new[1]} -m pip install numpy")
    if pythons:
        return _lacks(f"its Python is {pythons[0][2]}, and 3.10 is needed", f"install a newer one there, then export {VARIABLE}=/its/path")
    hint = f"install one there, then export {VARIABLE}=/its/path, or have Termux: docs/phones.md and docs/python-on-the-phone.md say how"
    return _lacks("it has no Python that its shell can start", hint)


def lacks(remote: Remote, python: Python, folder: str, engine: str, package: str) -> Refusal | None:
    """Why an engine's runtime cannot be imported there, None when it can; the runner lies in ``folder``. Raises WireError."""
    words = ["env", "PYTHONDONTWRITEBYTECODE=1", python.program, "-c", _PROBE, engine]
    said = remote.shell(f"cd {shlex.quote(folder)} && {shlex.join(words)}", deadline_s=IMPORT_S, called=f"import {engine}")
    answer = next((line for line in reversed(said.stdout.splitlines()) if line.startswith("pocketbench-engine ")), "")
    if "missing" not in answer.split(" ")[:2]:
        return None  # where there was no answer, the order's own process will say why
    why = answer.partition(" missing ")[2]
    return _lacks(f"{engine} cannot be started by its Python {python.version}: {why}", f"there: {python.program} -m pip install {package}" if package else "")


def _lacks(message: str, hint: str) -> Refusal:
    """A refusal of the device."""
    return Refusal("admit", "toolchain-missing", message, hint)
