"""A suite for a model, to edit: the same text whether it is written to a file or run at once."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from pocketbench import paths, scoring, sources, zoo
from pocketbench.errors import SourceError, SuiteError
from pocketbench.formats import FORMATS, Format
from pocketbench.plan import AS_IS

# How a zoo model is trained on, gently: it has learnt these rows already.
EPOCHS = 2
LEARNING_RATE = 3e-4

_TEXT = """\
# What a suite can say: docs/suites.md. `pocketbench plan FILE` shows the jobs, `pocketbench run FILE` runs them.

[suite]
name = {name}

[[model]]
name = {name}
source = {source}
{frameworks}{data}
[matrix]
formats = {formats}
techniques = "all"            # or a list: {techniques}
accelerators = ["cpu"]        # and "gpu", "nnapi", "vulkan" of phones; "wasm", "webgl", "webgpu" of browsers and WebViews

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
# data = {{ source = "rows.npz", calibration = 100, scoring = 200, score = "accuracy" }}   # arrays x and y
# data = {{ source = "images/", calibration = 100, scoring = 200, score = "top5" }}        # images/LABEL/*.jpg
# With labelled rows to train on, the model is also pruned, clustered and trained on with quantisation in mind:
# train = {{ rows = 1000, epochs = 2 }}
# A score is one of these, or a function of yours, "python:module:function":
{scores}
"""


def text(model: str) -> str:
    """Write the text of a suite for one model. Raises SourceError when it is not there or of no known kind."""
    known = sources.frameworks(model, Path.cwd())
    formats = _formats(known[0])
    techniques = dict.fromkeys(technique for each in formats for technique in each.techniques(known[0]) if technique != AS_IS)
    return _TEXT.format(
        name=json.dumps(_name(model)), source=json.dumps(model, ensure_ascii=False), frameworks=_frameworks(model, known), data=_data(model),
        formats=json.dumps([each.name for each in formats]), techniques=json.dumps(list(techniques)),
    )  # fmt: skip


def write(model: str, output: Path | None, *, force: bool = False) -> Path:
    """Write the suite to a file and return its path. Raises SuiteError when one is there and ``force`` is not given, SourceError as :func:`text`."""
    sources.find(model, Path.cwd())
    path = paths.path_of(str(output or f"{_name(model)}.toml"), Path(), SuiteError)
    if path.exists() and not force:
        raise SuiteError(f"{path} is there already", hint="choose another name with --output, or overwrite it with --force")
    try:
        here = path.resolve().parent == Path.cwd().resolve()
        path.write_text(text(model if here else _absolute(model)), encoding="utf-8")
    except OSError as error:
        raise SuiteError(f"{path}: cannot be written: {error.strerror}", hint="choose another place with --output") from error
    return path


def _frameworks(model: str, known: Sequence[str]) -> str:
    """What the model is opened in, where there is a choice, and what a torch model may need besides."""
    chosen = f"frameworks = {json.dumps(list(known[:1]))}       # or {', '.join(known[1:])}\n" if len(known) > 1 else ""
    asked = sources.find(model, Path.cwd()).takes if "torch" in known else ()
    examples = {
        "weights": '"weights.pt"           # a state dict for the module',
        "shapes": '["1x3x224x224"]     # one row of each input, where nothing else says it',
    }
    return chosen + "".join(f"# {key} = {examples[key]}\n" for key in examples if key in asked)


def _formats(framework: str) -> list[Format]:
    """The formats that a way leads to from a framework."""
    return [each for each in FORMATS if each.routes(framework)]


def _data(model: str) -> str:
    """The model's rows: those that a zoo model was not trained on and those that it was, else what could be written here."""
    known = {f"zoo:{each.name}": each.suite_data for each in zoo.MODELS}
    if model not in known:
        return _NO_DATA.format(scores="\n".join(f"#   {json.dumps(score.name):12}{score.does}" for score in scoring.SCORES))
    rows = next(each.rows for each in zoo.MODELS if f"zoo:{each.name}" == model)
    return f"data = {_table(known[model])}\ntrain = {_table({'rows': rows, 'epochs': EPOCHS, 'learning_rate': LEARNING_RATE})}\n"


def _table(pairs: Mapping[str, str | float]) -> str:
    """A TOML table on one line."""
    return f"{{ {', '.join(f'{key} = {json.dumps(value)}' for key, value in pairs.items())} }}"


def _name(model: str) -> str:
    """A name for a model: the last word of its source."""
    last = re.split(r"[/\\:]", model.rstrip("/\\"))[-1]
    return re.sub(r"[^A-Za-z0-9._-]+", "-", Path(last).stem).strip("-._") or "model"


def _absolute(model: str) -> str:
    """A file's absolute path; anything else as it is."""
    path = paths.path_of(model, Path.cwd(), SourceError)
    return str(path.resolve()) if path.exists() else model
