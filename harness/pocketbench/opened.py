"""Models opened: source, rows and the source's own outputs, each found again by hash.

Everything that touches a framework or a user's code happens in a worker process.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from pocketbench import cache, datasets, events, scores, sources, suite, toolchains
from pocketbench.model import Rows, Source, Variant
from pocketbench.suite import ModelWish
from pocketbench.worker import Workers

DEADLINE_S = 1800.0

S = TypeVar("S", bound=msgspec.Struct)


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


def open_models(wished: suite.Opened, variants: Sequence[Variant], workers: Workers, listen: events.Listener, *, force: bool = False) -> Models:
    """Open every model that the variants are made of. Raises SourceError, DataError or WorkerLost for the first bad one."""
    wishes = {wish.name: wish for wish in wished.suite.models}
    found = {}
    for name, framework in dict.fromkeys((variant.model, variant.framework) for variant in variants):
        listen(events.ModelOpening(name, framework))
        began = time.monotonic()
        found[name, framework] = model = open_model(wishes[name], framework, wished.base, workers, force=force)
        listen(events.ModelOpened(name, framework, model.cached, round(time.monotonic() - began, 3)))
    return found


def open_model(wish: ModelWish, framework: str, base: Path, workers: Workers, *, force: bool = False) -> Opened:
    """Open a source and its rows, and run it over the scoring rows. Raises SourceError, DataError or WorkerLost."""
    toolchain = sources.find(wish.source, base).toolchain
    source, made_source = _source(wish, framework, base, workers, toolchain, force=force)
    rows, made_rows = _rows(wish, source, base, workers)
    reference, made_reference = _reference(source, rows, workers, toolchain)
    return Opened(wish, source, rows, reference, not (made_source or made_rows or made_reference))


def _source(wish: ModelWish, framework: str, base: Path, workers: Workers, toolchain: str, *, force: bool) -> tuple[Source, bool]:
    """Materialise the source in the cache."""
    versions = toolchains.versions(("tensorflow", "keras"))
    key = cache.key_of({"source": sources.identity(wish.source, base), "framework": framework, "versions": versions})

    def make(folder: Path) -> None:
        arguments = {"source": wish.source, "base": str(base), "folder": str(folder)}
        _say(folder / "source.json", workers.call(toolchain, "pocketbench.sources:open_source", arguments, deadline_s=DEADLINE_S))

    folder, made = cache.made("sources", key, make, force=force)
    source = _read(folder / "source.json", Source)
    return msgspec.structs.replace(source, path=str(folder / Path(source.path).name)), made


def _rows(wish: ModelWish, source: Source, base: Path, workers: Workers) -> tuple[Rows, bool]:
    """Write the rows of each part into the cache, checked against the model's inputs and outputs."""
    data, train = msgspec.to_builtins(wish.data), wish.train.rows if wish.train else 0
    known = msgspec.to_builtins(source)
    about = {name: known[name] for name in ("inputs", "outputs", "trained_on")}
    key = cache.key_of({"identity": datasets.identity(data, base), "data": data, "train": train, "model": about})

    def make(folder: Path) -> None:
        arguments = {"data": data, "base": str(base), "train_rows": train, "source": known, "folder": str(folder)}
        _say(folder / "rows.json", workers.call("plain", "pocketbench.datasets:open_rows", arguments, deadline_s=DEADLINE_S))

    folder, made = cache.made("rows", key, make)
    return msgspec.structs.replace(_read(folder / "rows.json", Rows), folder=str(folder), key=key), made


def _reference(source: Source, rows: Rows, workers: Workers, toolchain: str) -> tuple[Path, bool]:
    """Run the source itself over the scoring rows."""

    def make(folder: Path) -> None:
        arguments = {"source": msgspec.to_builtins(source), "rows": msgspec.to_builtins(rows), "folder": str(folder)}
        workers.call(toolchain, "pocketbench.sources:reference", arguments, deadline_s=DEADLINE_S)

    return cache.made("references", cache.key_of({"source": source.key, "rows": rows.key}), make)


def _say(file: Path, said: Any) -> None:
    """Keep what a worker said."""
    file.write_bytes(msgspec.json.encode(said))


def _read(file: Path, kind: type[S]) -> S:
    """Read what a worker said, typed."""
    return msgspec.json.decode(file.read_bytes(), type=kind)
