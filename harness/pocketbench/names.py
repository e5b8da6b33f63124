"""The names in a suite, held against what there is, before anything is planned."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pocketbench import datasets, scores, sources, techniques, trust
from pocketbench.engines import ASKED_BY, ENGINES, NAMES, SERVE, Engine, choices
from pocketbench.errors import DataError, SourceError, SuiteError, UnknownName
from pocketbench.formats import FORMATS
from pocketbench.registry import nearest
from pocketbench.sources.asked import Asked
from pocketbench.sources.files import check_file
from pocketbench.suite import LOSSES, MAX_THREADS, OPTIMIZERS, Except, Matrix, ModelWish, SuiteFile

ACCELERATORS = ("cpu", "gpu", "nnapi", "vulkan", "wasm", "webgl", "webgpu")


def check(wished: SuiteFile) -> None:
    """Raise SuiteError, naming file, key and the nearest right name, for a name that nothing has; SourceError for a model that is not there."""
    suite, file = wished.suite, wished.file
    for wish in suite.models:
        _check_model(wish, wished)
    _check_matrix(suite.matrix, file)
    _check_detail(suite.matrix, file)
    for number, rule in enumerate(suite.excepts, 1):
        _check_except(rule, f"{file}: except {number}")
    for flaw in suite.measure.allow:
        with _at(f"{file}: measure.allow"):
            trust.check_name(flaw)


@contextmanager
def _at(place: str) -> Iterator[None]:
    """Put the file and the key before what is said of a name."""
    try:
        yield
    except (UnknownName, SuiteError, DataError) as error:
        raise SuiteError(f"{place}: {error.message}", hint=error.hint) from error
    except SourceError as error:
        raise SourceError(f"{place}: {error.message}", hint=error.hint) from error


def _check_model(wish: ModelWish, wished: SuiteFile) -> None:
    """Raise for a source or score that is not there, and for frameworks that the source does not exist in."""
    place = f"{wished.file}: model {wish.name!r}"
    with _at(place):
        scores.check(wish.data.score, wished.base)
        datasets.find(wish.data.source, wished.base)
        known = sources.frameworks(wish.source, wished.base)
        _check_asked(wish, wished.base)
    if wish.train:
        _known(wish.train.loss or LOSSES[0], LOSSES, f"{place}: train.loss: no loss named")
        _known(wish.train.optimizer, OPTIMIZERS, f"{place}: train.optimizer: no optimizer named")
    for name in wish.frameworks:
        _known(name, known, f"{place}: {wish.source} does not exist in framework")


def _check_asked(wish: ModelWish, base: Path) -> None:
    """Raise for what a model's kind of source does not take, weights that are not there and shapes that are none."""
    kind, asked = sources.find(wish.source, base), Asked(wish.weights, wish.shapes)
    for key in asked.words:
        if key not in kind.takes:
            takes = [each.name for each in sources.SOURCES if key in each.takes]
            raise SuiteError(f"{key}: a {kind.name} has its own", hint=f"{key} is for a {' or a '.join(takes)}")
    asked.inputs()
    if wish.weights:
        check_file(wish.weights, base)


def _check_matrix(matrix: Matrix, file: str) -> None:
    """Raise for unknown formats, engines, techniques and accelerators."""
    _each(matrix.formats, FORMATS.get, f"{file}: matrix.formats")
    _each(matrix.engines, ENGINES.get, f"{file}: matrix.engines")
    if not isinstance(matrix.techniques, str):
        _each(matrix.techniques, techniques.parse, f"{file}: matrix.techniques")
    if not isinstance(matrix.forms, str):
        for form in filter(None, matrix.forms):
            _known(form, _forms(), f"{file}: matrix.forms: no format has a form")
    for name in matrix.accelerators:
        _known(name, ACCELERATORS, f"{file}: matrix.accelerators: no accelerator named")


def _check_detail(matrix: Matrix, file: str) -> None:
    """Raise for unknown axes and values, and for a detail that would do nothing."""
    engines = [engine for engine in ENGINES if engine.name in (matrix.engines or ENGINES.names())]
    axes = ["techniques", "forms", "threads", *_options(engines)]
    for key, values in matrix.detail.items():
        _known(key, axes, f"{file}: matrix.detail: unknown key")
        _check_values(f"{file}: matrix.detail.{key}", key, values, engines)
    crossed = [str(name) for name in matrix.detail.get("techniques", ())]
    if matrix.detail and not crossed:
        raise SuiteError(f"{file}: matrix.detail names no techniques, so it would cross nothing", hint='write techniques = ["float32", "int8"] in it')
    if ASKED_BY in matrix.detail and set(matrix.detail.get(SERVE, ())) <= {"off"}:
        raise SuiteError(f"{file}: matrix.detail.{ASKED_BY} says who asks a service, and there is none", hint=f'write {SERVE} = ["socket"] beside it')
    for form in matrix.detail.get("forms", ()):
        _known(str(form), _forms(), f"{file}: matrix.detail.forms: no format has a form")
    _each(crossed, techniques.parse, f"{file}: matrix.detail.techniques")
    for name in crossed if not isinstance(matrix.techniques, str) else ():
        _known(name, (*matrix.techniques, "as_is"), f"{file}: matrix.detail.techniques: not among matrix.techniques:")


def _check_values(place: str, key: str, values: Sequence[str | int], engines: Sequence[Engine]) -> None:
    """Raise for values of an axis that no engine knows."""
    known = sorted({value for engine in engines for runner in engine.runners for value in choices(engine, runner).get(key, ())})
    for value in values:
        if key == "threads" and not (isinstance(value, int) and 1 <= value <= MAX_THREADS):
            raise SuiteError(f"{place}: {value!r} is not a number of threads from 1 to {MAX_THREADS}")
        if key in NAMES and not NAMES[key].fullmatch(str(value)):
            raise SuiteError(f"{place}: {str(value)[:80]!r} is no name of a device's: up to 64 of A-Z a-z 0-9 . _ -, the first a letter or a digit")
        if known and key not in NAMES:
            _known(str(value), known, f"{place}: no value")


def _check_except(rule: Except, place: str) -> None:
    """Raise for a rule that could match nothing, by a word that nothing has."""
    for key, word, get in (("format", rule.format_, FORMATS.get), ("engine", rule.engine, ENGINES.get), ("technique", rule.technique, techniques.parse)):
        _each([word] if word else [], get, f"{place}.{key}")
    if rule.form:
        _known(rule.form, _forms(), f"{place}.form: no format has a form")
    if rule.accelerator:
        _known(rule.accelerator, ACCELERATORS, f"{place}.accelerator: no accelerator named")
    for key, value in rule.options.items():
        _known(key, _options(list(ENGINES)), f"{place}.options: unknown key")
        _check_values(f"{place}.options.{key}", key, [value], list(ENGINES))


def _options(engines: Sequence[Engine]) -> list[str]:
    """The names of what can be chosen of engines and their runners."""
    return list(dict.fromkeys(option for engine in engines for runner in engine.runners for option in choices(engine, runner)))


def _forms() -> list[str]:
    """The forms of all formats that have a name."""
    return sorted({form for adapter in FORMATS for form in adapter.forms if form})


def _each(words: Iterable[str], get: Callable[[str], object], place: str) -> None:
    """Look every word up where it should be."""
    for word in words:
        with _at(place):
            get(word)


def _known(word: str, known: Sequence[str], what: str) -> None:
    """Raise SuiteError when a word is none of the known ones."""
    if word not in known:
        raise SuiteError(f"{what} {word!r}; known: {', '.join(known)}", hint=nearest(word, known))
