"""Models opened: source, rows and the source's own outputs, each found again by hash.

Everything that touches a framework or a user's code happens in a worker process.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from pocketbench import cache, datasets, events, pages, scores, sources, suite, tfjs_node, toolchains, torch_kept, torch_model
from pocketbench.errors import SourceError, TaskRaised, WorkerLost
from pocketbench.model import Rows, Source, Variant
from pocketbench.sources.asked import Asked
from pocketbench.suite import ModelWish
from pocketbench.worker import Workers

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

DEADLINE_S = 1800.0


# By name and framework.
Models = Mapping[tuple[str, str], "Opened"]


@dataclass(frozen=True, slots=True)
class Opened:
    """A model of the suite, opened: its source, its rows and the folder of its own outputs over the scoring rows."""

    wish: ModelWish
    source: Source
    rows: Rows
    reference: Path
    cached: bool

    @property
    def classes(self) -> bool:
        """Whether the outputs are scores of classes, so that top-1 means something."""
        return scores.has_classes(self.source.outputs, self.wish.data.score)

    def outputs(self) -> list["Array"]:
        """The source's own outputs over the scoring rows, each of shape (rows, …); none when nothing here can run it."""
        import numpy as np

        files = [self.reference / f"reference-y{index}.npy" for index in range(len(self.source.outputs))]
        return [np.load(file, mmap_mode="r", allow_pickle=False) for file in files if file.exists()]

    def scorer(self, base: Path, workers: Workers) -> "scores.Scorer":
        """What scores outputs of this model."""
        return scores.scorer(self.wish.data.score, self.rows, base, workers)


def open_models(wished: suite.SuiteFile, variants: Sequence[Variant], workers: Workers, listen: events.Listener, *, force: bool = False) -> Models:
    """Open every model that the variants are made of. Raises SourceError or DataError, naming the model, for the first bad one."""
    wishes = {wish.name: wish for wish in wished.suite.models}
    found = {}
    for name, framework in dict.fromkeys((variant.model, variant.framework) for variant in variants):
        listen(events.ModelOpening(name, framework))
        began = time.monotonic()
        try:
            found[name, framework] = model = open_model(wishes[name], framework, wished.base, workers, force=force, trust=wished.trust)
        except (TaskRaised, WorkerLost) as error:
            hint = "\n".join(["the last lines it printed:", *error.log.strip().splitlines()[-5:]]) if error.log.strip() else ""
            raise SourceError(f"model {name!r} ({wishes[name].source}): {error.message}", hint=hint, log=error.log) from error
        listen(events.ModelOpened(name, framework, model.cached, round(time.monotonic() - began, 3)))
    return found


def open_model(wish: ModelWish, framework: str, base: Path, workers: Workers, *, force: bool = False, trust: bool = False) -> Opened:
    """Open a source and its rows, run it over the scoring rows and score that; ``trust`` lets a pickled model be opened.

    Raises SourceError, DataError, TaskRaised or WorkerLost.
    """
    kind = sources.find(wish.source, base)
    toolchain = kind.toolchain(framework or kind.frameworks(wish.source, base)[0])
    asked = Asked(wish.weights, wish.shapes, trust)
    source, made_source = _source(wish, framework, asked, base, workers, toolchain, force=force)
    rows, made_rows = _rows(wish, source, base, workers)
    reference, made_reference = _reference(source, rows, workers, toolchain, force=force)
    found = Opened(wish, source, rows, reference, not (made_source or made_rows or made_reference))
    if outputs := found.outputs():
        found.scorer(base, workers)(outputs)  # a score that cannot be computed is said now, not after an hour
    return found


def _source(wish: ModelWish, framework: str, asked: Asked, base: Path, workers: Workers, toolchain: str, *, force: bool) -> tuple[Source, bool]:
    """Materialise the source in the cache."""
    key = cache.key_of({
        "source": sources.identity(wish.source, base), "framework": framework, "asked": asked.identity(base, sources.find(wish.source, base).takes),
        **_made_by(toolchain),
    })  # fmt: skip

    def make(folder: Path) -> None:
        arguments = {"source": wish.source, "base": str(base), "folder": str(folder), "framework": framework, "asked": msgspec.to_builtins(asked)}
        cache.keep(folder / "source.json", workers.call(toolchain, "pocketbench.sources:open_source", arguments, deadline_s=DEADLINE_S))

    folder, made = cache.made("sources", key, make, force=force)
    source = cache.kept(folder / "source.json", Source)
    return msgspec.structs.replace(source, path=str(folder / Path(source.path).name)), made


def _rows(wish: ModelWish, source: Source, base: Path, workers: Workers) -> tuple[Rows, bool]:
    """Write the rows of each part into the cache, checked against the model's inputs and outputs."""
    data, train = msgspec.to_builtins(wish.data), wish.train.rows if wish.train else 0
    known = msgspec.to_builtins(source)
    about = {name: known[name] for name in ("inputs", "outputs", "trained_on")}
    parts = {"identity": datasets.identity(data, base), "train": train, "model": about, "code": cache.code_of(datasets)}
    # What is calibrated with these rows does not depend on how they are scored; whether their labels fit does.
    key = cache.key_of({**parts, "data": {**data, "score": ""}})

    def make(folder: Path) -> None:
        arguments = {"data": data, "base": str(base), "train_rows": train, "source": known, "folder": str(folder)}
        cache.keep(folder / "rows.json", workers.call("plain", "pocketbench.datasets:open_rows", arguments, deadline_s=DEADLINE_S))

    folder, made = cache.made("rows", cache.key_of({"rows": key, "score": wish.data.score}), make)
    return msgspec.structs.replace(cache.kept(folder / "rows.json", Rows), folder=str(folder), key=key), made


def _reference(source: Source, rows: Rows, workers: Workers, toolchain: str, *, force: bool) -> tuple[Path, bool]:
    """Run the source itself over the scoring rows."""

    def make(folder: Path) -> None:
        arguments = {"source": msgspec.to_builtins(source), "rows": msgspec.to_builtins(rows), "folder": str(folder)}
        workers.call(toolchain, "pocketbench.sources:reference", arguments, deadline_s=DEADLINE_S)

    return cache.made("references", cache.key_of({"source": source.key, "rows": rows.key, **_made_by(toolchain)}), make, force=force)


def _made_by(toolchain: str) -> dict[str, Any]:
    """What an opened source depends on besides itself: the versions of its lane and the code that opens it."""
    lanes = toolchains.TOOLCHAINS.get(toolchain).lanes or ("tflite",)
    versions = toolchains.versions(requirement.name for lane in lanes for requirement in toolchains.lanes().get(lane, ()))
    page = {"page": pages.key()} if toolchain == tfjs_node.TOOLCHAIN else {}
    return {"versions": versions, "code": cache.code_of(sources, torch_kept, torch_model, tfjs_node), **page}
