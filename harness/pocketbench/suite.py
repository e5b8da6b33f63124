"""A suite file: what is wanted, before anything is known about models or devices.

Read with tomllib and msgspec. msgspec and not pydantic: it imports in a few milliseconds (``--help`` and ``plan`` answer
at once), gives the JSON Schema from the same classes, and the records and the runner protocol are read by it too.
Unknown keys are looked for here first, so that the message can name the nearest known one.
"""

import hashlib
import re
import tomllib
import typing
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from pocketbench.errors import SuiteError
from pocketbench.registry import nearest

MAX_THREADS = 256
Count = Annotated[int, msgspec.Meta(ge=0)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Threads = Annotated[int, msgspec.Meta(ge=1, le=MAX_THREADS)]
Degrees = Annotated[float, msgspec.Meta(gt=0, lt=150)]
Some = Annotated[tuple[str, ...], msgspec.Meta(min_length=1)]
Word = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)]

MAX_BYTES = 1 << 20
MAX_SECONDS = 7 * 24 * 3600.0
# What both Kerases have; a loss for each kind of label.
LOSSES = ("sparse_categorical_crossentropy", "categorical_crossentropy", "binary_crossentropy", "mean_squared_error", "mean_absolute_error", "huber")
OPTIMIZERS = ("adam", "adamw", "sgd", "rmsprop", "adagrad", "nadam")
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "min": 60.0, "h": 3600.0}


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the suite: no unknown keys."""


class Head(_Table, frozen=True):
    """``[suite]``: the suite's name and one line about it.

    ``covers = "operations"`` says that each model is one operation: the report gives it a line in a grid, not a section.
    """

    name: Word
    description: str = ""
    covers: Literal["models", "operations"] = "models"


class Data(_Table, frozen=True):
    """``data`` of a model: the rows that score and calibrate, and how outputs are scored.

    ``source`` is ``zoo:NAME``, an ``.npz`` or ``.npy`` file, or a folder with one folder of images a label; empty:
    seeded random rows. ``score`` is accuracy, top5, rmse, r2 or ``python:module:function``. ``scale`` and ``labels`` speak
    of images: the range pixels are brought to, and a file that lists the classes in the model's order.
    """

    source: str = ""
    calibration: Count | None = None
    scoring: Positive | None = None
    score: str = ""
    scale: str = "0..1"
    labels: str = ""


class Train(_Table, frozen=True):
    """``train`` of a model: rows set aside for techniques that retrain, taken from the end of the data.

    Each step that retrains goes over them ``epochs`` times, ``batch`` rows at once. ``loss`` and ``optimizer`` are Keras'
    words; without a loss, cross-entropy where there are classes, else the mean squared error.
    """

    rows: Positive
    epochs: Positive = 1
    loss: str = ""
    optimizer: str = "adam"
    learning_rate: Annotated[float, msgspec.Meta(gt=0, le=1)] = 1e-3
    batch: Positive = 32


class ModelWish(_Table, frozen=True):
    """``[[model]]``: a trained model. ``frameworks`` matter for zoo models, which exist in several, and for functions.

    Of a torch model, ``weights`` is a file of a state dict, and ``shapes`` says of each input the shape of one row, and its
    type where that is not float32: "1x3x224x224", "1x128:int64".
    """

    name: Word
    source: str
    frameworks: tuple[str, ...] = ()
    weights: str = ""
    shapes: tuple[str, ...] = ()
    data: Data = Data()
    train: Train | None = None


class Matrix(_Table, frozen=True):
    """``[matrix]``: which formats, techniques, accelerators and engines; ``"all"`` means what each format lists.

    ``forms`` are choices inside a format that are no technique; "" is the usual one. ``detail`` crosses costly axes only for
    the ``techniques`` it names: ``threads``, any engine option, and further ``forms`` of the formats that have them.
    """

    formats: Some = ("tflite",)
    techniques: str | Some = "all"
    forms: str | Some = "all"
    accelerators: Some = ("cpu",)
    engines: tuple[str, ...] = ()
    threads: Annotated[tuple[Threads, ...], msgspec.Meta(min_length=1)] = (1,)
    detail: dict[str, tuple[str | int, ...]] = {}


class Except(_Table, frozen=True, rename={"format_": "format"}):
    """``[[except]]``: jobs that match every key given are skipped, and ``why`` is shown."""

    why: str
    model: str = ""
    framework: str = ""
    format_: str = ""
    technique: str = ""
    form: str = ""
    runner: str = ""
    engine: str = ""
    accelerator: str = ""
    device: str = ""
    options: dict[str, str] = {}


class Measure(_Table, frozen=True):
    """``[measure]``: how long and how well to measure one job.

    ``processes`` fresh processes at least, more until the 95 % interval of the median is within ``precision`` of it on
    both sides or ``budget`` (over all timing processes of the job) is spent; with 0 nothing is timed, and a job says only what a
    file computes. ``deadline`` ends one process that hangs.
    ``allow`` names flaws that are expected: they are shown, and not warned of.
    """

    processes: Annotated[int, msgspec.Meta(ge=0, le=100)] = 3
    budget: str = "2s"
    precision: str = "2%"
    deadline: str = "120s"
    allow: tuple[str, ...] = ()


class Gate(_Table, frozen=True):
    """``[gate]``: how a device must be before each job. What it does not tell keeps it out of nothing.

    ``battery_percent`` at least, ``thermal`` (Android's status) at most, ``body_celsius`` (the skin's sensor or, without one, the
    battery's) and ``temperature_celsius`` (the hottest of processor and GPU) at most. A device that is hot or that charges is waited for,
    no longer than ``wait``; then its jobs are skipped.
    """

    battery_percent: Annotated[int, msgspec.Meta(ge=1, le=100)] | None = None
    thermal: Literal["", "none", "light", "moderate", "severe", "critical"] = ""
    body_celsius: Degrees | None = None
    temperature_celsius: Degrees | None = None
    wait: str = "10min"


class Suite(_Table, frozen=True, rename={"models": "model", "excepts": "except"}):
    """A whole suite file."""

    suite: Head
    models: Annotated[tuple[ModelWish, ...], msgspec.Meta(min_length=1)]
    matrix: Matrix = Matrix()
    excepts: tuple[Except, ...] = ()
    measure: Measure = Measure()
    gate: Gate = Gate()


class SuiteFile(msgspec.Struct, frozen=True):
    """A suite with the text it was read from and the folder its paths are relative to; ``trust``: its user lets pickled models be opened."""

    suite: Suite
    text: str
    file: str
    base: Path
    trust: bool = False

    @property
    def hash(self) -> str:
        """The sha256 of the text, which ``--resume`` compares."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def read(file: Path) -> SuiteFile:
    """Read a suite file. Raises SuiteError naming file, key and the nearest right answer."""
    try:
        with file.open("rb") as opened:
            text = opened.read(MAX_BYTES + 1).decode("utf-8")
    except OSError as error:
        raise SuiteError(f"{file}: cannot be read: {(error.strerror or str(error)).lower()}", hint=_beside(file)) from error
    except ValueError as error:
        raise SuiteError(f"{file}: is no text in UTF-8: {error}", hint=_beside(file)) from error
    if len(text) > MAX_BYTES:
        raise SuiteError(f"{file}: larger than {MAX_BYTES} bytes, which no suite is")
    return parse(text, file=str(file), base=file.resolve().parent)


def _beside(file: Path) -> str:
    """The suite beside a file whose name is nearest to its, else how to have one."""
    return nearest(str(file), map(str, sorted(file.parent.glob("*.toml")))) or "pocketbench init MODEL writes a suite to begin with"


def parse(text: str, *, file: str, base: Path) -> SuiteFile:
    """Parse a suite's text. Raises SuiteError naming file, key and the nearest right answer."""
    try:
        raw = tomllib.loads(text)
        _reject_unknown(raw, Suite, file, "")
        suite = msgspec.convert(raw, Suite)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise SuiteError(f"{file}: not TOML: {error}") from error
    except msgspec.ValidationError as error:
        raise SuiteError(f"{file}: {_in_words(str(error))}") from error
    _check(suite, file)
    return SuiteFile(suite, text, file, base)


def schema() -> dict[str, Any]:
    """Return the JSON Schema of suite files."""
    return msgspec.json.schema(Suite)


def seconds(text: str, *, key: str = "duration") -> float:
    """Read a duration such as ``500ms``, ``2s``, ``10min`` or ``1h`` as seconds. Raises SuiteError naming ``key``."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*(ms|s|min|m|h)", text.strip())
    length = float(found[1]) * _SECONDS[found[2]] if found else 0.0
    if not 0 < length <= MAX_SECONDS:
        raise SuiteError(f"{key}: {text[:40]!r} is not a duration of up to a week", hint="write for example 500ms, 2s, 10min or 1h")
    return length


def share(text: str, *, key: str = "share") -> float:
    """Read ``2%`` as 0.02. Raises SuiteError naming ``key``."""
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*%", text.strip())
    if not found or not 0 < float(found[1]) <= 100:
        raise SuiteError(f"{key}: {text!r} is not a percentage", hint="write for example 2%")
    return float(found[1]) / 100


def _reject_unknown(raw: Any, shape: Any, file: str, where: str) -> None:
    """Raise SuiteError for the first key of ``raw`` that the struct within ``shape`` does not have."""
    struct = _struct_in(shape)
    if struct is None:
        return
    if isinstance(raw, list):
        for number, item in enumerate(raw, 1):
            _reject_unknown(item, struct, file, f"{where} {number}")
    elif isinstance(raw, dict):
        known = {field.encode_name: field.type for field in msgspec.structs.fields(struct)}
        for key, value in raw.items():
            if key not in known:
                hint = nearest(key, known) or ("what an engine is told stands in [matrix.detail]" if where == "matrix" else "")
                raise SuiteError(f"{file}: unknown key {_named(where, key)!r}; known here: {', '.join(known)}", hint=hint)
            _reject_unknown(value, known[key], file, _named(where, key))


def _struct_in(shape: Any) -> type[msgspec.Struct] | None:
    """Return the struct that an annotation speaks of, through unions, tuples and Annotated."""
    if isinstance(shape, type) and issubclass(shape, msgspec.Struct):
        return shape
    return next(filter(None, map(_struct_in, typing.get_args(shape))), None)


def _named(where: str, key: str) -> str:
    """Join the place of a table and a key in it: ``model 1.data.scoring``."""
    return f"{where}.{key}" if where else key


def _in_words(message: str) -> str:
    """Turn msgspec's "Expected `int`, got `str` - at `$.model[0].data`" into a sentence that begins with the key."""
    what, _, path = message.partition(" - at `$")
    key = re.sub(r"\[(\d+)\]", lambda found: f" {int(found[1]) + 1}", path.strip("`.")).lstrip(".")
    return f"{key}: {what}" if key else what


def _check(suite: Suite, file: str) -> None:
    """Check what types cannot say: names are unique, durations and shares are such."""
    names = [model.name for model in suite.models]
    for name in names:
        if names.count(name) > 1:
            raise SuiteError(f"{file}: two models named {name!r}", hint="give each [[model]] a name of its own")
    for key in ("techniques", "forms"):
        value = getattr(suite.matrix, key)
        if isinstance(value, str) and value != "all":
            hint = nearest(value, ("all",)) or f'write {key} = ["{value}"]'
            raise SuiteError(f'{file}: matrix.{key}: {value!r} is neither "all" nor a list', hint=hint)
    seconds(suite.measure.budget, key=f"{file}: measure.budget")
    seconds(suite.measure.deadline, key=f"{file}: measure.deadline")
    share(suite.measure.precision, key=f"{file}: measure.precision")
    seconds(suite.gate.wait, key=f"{file}: gate.wait")
