"""The names in a suite, held against what there is, before anything is planned."""

from collections.abc import Sequence

from pocketbench import scores, sources, techniques
from pocketbench.engines import ENGINES, Engine
from pocketbench.errors import SuiteError
from pocketbench.formats import FORMATS
from pocketbench.registry import nearest
from pocketbench.suite import ModelWish, Opened

ACCELERATORS = ("cpu", "gpu", "nnapi", "vulkan", "wasm", "webgl", "webgpu")


def check(opened: Opened) -> None:
    """Raise SuiteError or UnknownName for a name that no adapter has: formats, engines, techniques, scores, axes of ``matrix.detail``."""
    matrix = opened.suite.matrix
    for name in matrix.formats:
        FORMATS.get(name)
    engines = [ENGINES.get(name) for name in matrix.engines] or list(ENGINES)
    for technique in (*(() if isinstance(matrix.techniques, str) else matrix.techniques), *matrix.detail.get("techniques", ())):
        techniques.parse(str(technique))
    axes = ["techniques", "threads", *dict.fromkeys(option for engine in engines for option in engine.options)]
    for key, values in matrix.detail.items():
        if key not in axes:
            raise SuiteError(f"{opened.file}: unknown key 'matrix.detail.{key}'; known here: {', '.join(axes)}", hint=nearest(key, axes))
        _check_values(opened.file, key, values, engines)
    _check_accelerators(opened)
    for wish in opened.suite.models:
        _check_model(wish, opened)


def _check_values(file: str, key: str, values: Sequence[str | int], engines: Sequence[Engine]) -> None:
    """Raise for values of an axis that no engine knows."""
    known = {value for engine in engines for value in engine.options.get(key, ())}
    for value in values:
        if key == "threads" and not (isinstance(value, int) and value >= 1):
            raise SuiteError(f"{file}: matrix.detail.threads: {value!r} is not a number of threads")
        if known and value not in known:
            raise SuiteError(f"{file}: matrix.detail.{key}: no value {value!r}; known: {', '.join(sorted(known))}", hint=nearest(str(value), known))


def _check_accelerators(opened: Opened) -> None:
    """Raise for accelerators that are none of the contract's words."""
    for name in opened.suite.matrix.accelerators:
        if name not in ACCELERATORS:
            raise SuiteError(
                f"{opened.file}: matrix.accelerators: no accelerator named {name!r}; known: {', '.join(ACCELERATORS)}", hint=nearest(name, ACCELERATORS)
            )


def _check_model(wish: ModelWish, opened: Opened) -> None:
    """Raise for a source or score that is not there, and for frameworks that the source does not exist in."""
    scores.check(wish.data.score, opened.base)
    own = sources.framework(wish.source, opened.base)
    for name in wish.frameworks:
        if name != own:
            raise SuiteError(f"{opened.file}: model {wish.name!r}: {wish.source} does not exist in framework {name!r}; known: {own}", hint=nearest(name, [own]))
