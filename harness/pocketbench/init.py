"""A suite for a model, to edit: the same text whether it is written to a file or run at once."""

import json
import re
from pathlib import Path

from pocketbench import sources
from pocketbench.errors import SuiteError

# What a zoo model is trained on, so that the suite can score it.
_ZOO_DATA = {
    "zoo:digits-cnn": '{ source = "zoo:digits", calibration = 200, scoring = 450, score = "accuracy" }',
    "zoo:linear-regression": '{ source = "zoo:diabetes", calibration = 80, scoring = 100, score = "r2" }',
}

_TEXT = """\
# What a suite can say: docs/suites.md. `pocketbench plan FILE` shows the jobs, `pocketbench run FILE` runs them.

[suite]
name = {name}

[[model]]
name = {name}
source = {source}
{data}
[matrix]
formats = ["tflite"]
techniques = "all"            # or a list: ["float32", "float16", "dynamic_int8", "int8_float_io", "int8", "uint8", "int16x8"]
accelerators = ["cpu"]

# [matrix.detail]             # axes that cost time are crossed only for these techniques
# techniques = ["float32", "int8"]
# threads = [1, 2]
# xnnpack = ["on", "off"]

[measure]
processes = 3                 # fresh processes at least; run-to-run variance counts
budget = "2s"                 # for all timing of one job
"""

_NO_DATA = """\
# Without data, seeded random rows stand in: sizes and latency are real, nothing is scored, integer forms are calibrated on noise.
# data = { source = "rows.npz", calibration = 100, scoring = 200, score = "accuracy" }   # arrays x and y
# data = { source = "images/", calibration = 100, scoring = 200, score = "top5" }        # images/LABEL/*.jpg
"""


def text(model: str) -> str:
    """Write the text of a suite for one model. Raises SourceError when it is not there or of no known kind."""
    sources.find(model, Path.cwd())
    known = _ZOO_DATA.get(model)
    data = f"data = {known}\n" if known else _NO_DATA
    return _TEXT.format(name=json.dumps(_name(model)), source=json.dumps(model, ensure_ascii=False), data=data)


def write(model: str, output: Path | None, *, force: bool = False) -> Path:
    """Write the suite to a file and return its path. Raises SuiteError when one is there and ``force`` is not given."""
    path = output or Path(f"{_name(model)}.toml")
    if path.exists() and not force:
        raise SuiteError(f"{path} is there already", hint="choose another name with --output, or overwrite it with --force")
    try:
        here = path.resolve().parent == Path.cwd().resolve()
        path.write_text(text(model if here else _absolute(model)), encoding="utf-8")
    except OSError as error:
        raise SuiteError(f"{path}: cannot be written: {error.strerror}", hint="choose another place with --output") from error
    return path


def _name(model: str) -> str:
    """A name for a model: the last word of its source."""
    last = re.split(r"[/\\:]", model.rstrip("/\\"))[-1]
    return re.sub(r"[^A-Za-z0-9._-]+", "-", Path(last).stem).strip("-._") or "model"


def _absolute(model: str) -> str:
    """A file's absolute path; anything else as it is."""
    return str(Path(model).resolve()) if Path(model).exists() else model
