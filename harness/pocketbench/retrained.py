"""Retrained models: what steps that retrain make of a source, each step found again by hash and shared by all techniques that begin so."""

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from pocketbench import cache, keras_legacy, techniques, toolchains, torch_kept, torch_model
from pocketbench.errors import Refused, WorkerLost
from pocketbench.model import Refusal, Source, Variant
from pocketbench.opened import Opened
from pocketbench.suite import Train
from pocketbench.techniques import Step
from pocketbench.worker import Workers
from pocketbench.zoo import steady_torch

DEADLINE_S = 7200.0
REFUSED = "refused.json"


def retrained(variant: Variant, opened: Opened, workers: Workers, *, force: bool = False) -> Source:
    """The source as the retraining steps of the variant's technique leave it; the source itself where none retrains. Raises Refused or WorkerLost.

    ``force`` trains again what was trained before this run.
    """
    source, done = opened.source, []
    for step in techniques.retraining(techniques.parse(variant.technique)):
        done.append(step)
        source = _next(source, done, opened, workers, force=force)
    return source


def extra_epochs(steps: Sequence[Step], train: Train | None) -> int:
    """How many epochs the steps of a technique train on for."""
    return train.epochs * sum(step.times for step in techniques.retraining(steps)) if train else 0


def _next(source: Source, done: Sequence[Step], opened: Opened, workers: Workers, *, force: bool) -> Source:
    """Carry out the last of the steps on what those before it left."""
    train, technique, maker = opened.wish.train, "+".join(step.name for step in done), done[-1].makers[source.framework]
    if train is None:
        raise Refused("needs-training-data", f"{technique} retrains, and the model has no train table")
    key = cache.key_of({
        "source": source.key, "rows": opened.rows.key, "train": msgspec.to_builtins(train), "technique": technique,
        "versions": toolchains.versions(maker.packages), "code": cache.code_of(techniques, keras_legacy, torch_kept, torch_model, steady_torch),
    })  # fmt: skip

    def make(folder: Path) -> None:
        arguments = {
            "technique": technique, "source": msgspec.to_builtins(source), "rows": msgspec.to_builtins(opened.rows),
            "train": msgspec.to_builtins(train), "folder": str(folder),
        }  # fmt: skip
        try:
            cache.keep(folder / "source.json", workers.call(maker.toolchain, "pocketbench.techniques:retrain", arguments, deadline_s=DEADLINE_S))
        except Refused as error:  # it would be the same the next time
            cache.keep(folder / REFUSED, Refusal("convert", error.reason, error.message, error.hint))

    folder = _made(key, make, workers, force=force)
    if (folder / REFUSED).exists():
        refusal = cache.kept(folder / REFUSED, Refusal)
        raise Refused(refusal.reason, refusal.message, hint=refusal.hint)
    made = cache.kept(folder / "source.json", Source)
    return msgspec.structs.replace(made, key=key, path=str(folder / Path(made.path).name))


def _made(key: str, make: Callable[[Path], None], workers: Workers, *, force: bool) -> Path:
    """The folder of what a step left. Nothing is made, or a worker lost, twice in a run: other techniques begin with the same step."""
    if key in workers.lost:
        raise workers.lost[key]
    try:
        folder, _ = cache.made("retrained", key, make, force=force and key not in workers.remade)
    except WorkerLost as error:
        workers.lost[key] = error
        raise
    workers.remade.add(key)
    return folder
