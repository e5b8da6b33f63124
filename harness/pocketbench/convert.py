"""The conversion cache: variants converted in workers, each artifact run once on this computer and compared.

A key is the sha256 of everything that an artifact depends on; what was made under a key is found again.
"""

import importlib
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from pocketbench import cache, checked, environments, events, formats, probed, store, toolchains, trust
from pocketbench.errors import CacheError, PocketbenchError, WorkerLost
from pocketbench.formats import FORMATS, Chained, Format
from pocketbench.model import Agreement, Anatomy, Artifact, Rows, Source, Variant
from pocketbench.opened import Models, Opened
from pocketbench.reasons import reason_of
from pocketbench.retrained import extra_epochs, retrained
from pocketbench.techniques import PLAIN, Step, conversion, parse, retraining
from pocketbench.worker import Workers

DEADLINE_S = 1800.0


class Conversion(msgspec.Struct, frozen=True):
    """What a worker says of a conversion: the file, relative to its folder, its hash, what is inside, how long it took."""

    path: str
    sha256: str
    anatomy: Anatomy
    seconds: float


class Made(msgspec.Struct, frozen=True):
    """A converted file in the cache: its key, where it lies, what the worker said, whether it was made now."""

    key: str
    file: Path
    said: Conversion
    now: bool


def each(
    variants: Iterable[Variant], models: Models, workers: Workers, listen: events.Listener, *, force: bool = False
) -> Iterator[tuple[Variant, Artifact | Exception]]:
    """Convert and check variants one after another; one that cannot be made gives its error instead."""
    for variant in variants:
        listen(events.Converting(variant.name))
        _tell_of_environment(variant, listen)
        began = time.monotonic()
        try:
            artifact, now = convert(variant, models[variant.model, variant.framework], workers, force=force)
        except CacheError:
            raise
        except (PocketbenchError, OSError) as error:
            listen(events.ConversionFailed(variant.name, reason_of(error), str(error)))
            yield variant, error
        else:
            seconds = round(time.monotonic() - began, 3)
            listen(events.Converted(variant.name, not now, seconds, artifact.anatomy.size_bytes, artifact.flaws))
            yield variant, artifact


def _tell_of_environment(variant: Variant, listen: events.Listener) -> None:
    """Say that what converts a variant has an environment of its own which is made first: that takes minutes."""
    own = toolchains.TOOLCHAINS.get(FORMATS.get(variant.format).toolchain(variant.framework)).own
    if own and not environments.is_made(own):
        listen(events.EnvironmentMaking(own, variant.name))


def convert(variant: Variant, opened: Opened, workers: Workers, *, force: bool = False) -> tuple[Artifact, bool]:
    """Convert and check one variant; say whether it was converted now. Raises Refused, TaskRaised or WorkerLost."""
    made = _made(variant, opened, workers, force=force)
    check = checked.check(variant, opened, made.key, made.file, made.said.anatomy, force=made.now)
    return _artifact(variant, opened, made, check), made.now


def made_of(variant: Variant) -> Variant | None:
    """The variant that a chained format is made of; None where the model itself is converted."""
    adapter = FORMATS.get(variant.format)
    name = adapter.made_of(variant.framework) if isinstance(adapter, Chained) else ""
    if not name:
        return None
    before = "+".join(step.name for step in retraining(parse(variant.technique)))
    return Variant(variant.model, variant.framework, name, before or PLAIN, route=FORMATS.get(name).routes(variant.framework)[0])


def _made(variant: Variant, opened: Opened, workers: Workers, *, force: bool) -> Made:
    """Convert one variant, and before it the one that it is made of."""
    adapter, steps = FORMATS.get(variant.format), parse(variant.technique)
    probed.check(variant, opened.source, workers, force=force)
    source = _given(variant, opened, workers, force=force)
    key = artifact_key(variant, source, opened.rows, adapter, steps)

    # A ready-made file is only looked into: no framework is needed.
    toolchain = "plain" if variant.framework == variant.format else adapter.toolchain(variant.framework)

    def make(folder: Path) -> None:
        said = workers.call(toolchain, "pocketbench.formats:make", _arguments(variant, source, opened.rows, folder), deadline_s=DEADLINE_S)
        cache.keep(folder / "made.json", said)

    if key in workers.lost:
        raise workers.lost[key]
    try:
        folder, now = cache.made("artifacts", key, make, force=force and key not in workers.remade)
        if not now and _damaged(folder):
            folder, now = cache.made("artifacts", key, make, force=True)
    except WorkerLost as error:
        workers.lost[key] = error
        raise
    workers.remade.add(key)
    said = cache.kept(folder / "made.json", Conversion)
    return Made(key, folder / said.path, said, now)


def _given(variant: Variant, opened: Opened, workers: Workers, *, force: bool) -> Source:
    """What is converted: the source as the steps that retrain leave it, or another format's float32 artifact of that."""
    inner = made_of(variant)
    if inner is None:
        return retrained(variant, opened, workers, force=force)
    made = _made(inner, opened, workers, force=force)
    return msgspec.structs.replace(opened.source, key=made.key, path=str(made.file))


def _damaged(folder: Path) -> bool:
    """Whether an artifact is no longer what was made: a damaged disk, or somebody's hand."""
    made = cache.kept(folder / "made.json", Conversion)
    return cache.sha256_of(folder / made.path) != made.sha256


def artifact_key(variant: Variant, source: Source, rows: Rows, adapter: Format, steps: Sequence[Step]) -> str:
    """Hash what the file depends on: the source as retraining left it, the data used, technique, form, route, versions, the adapter's own code."""
    uses_data = any(step.calibrates or step.last for step in steps)  # what was trained under rounding may take its ranges from the training rows
    return cache.key_of({
        "source": source.key, "rows": rows.key if uses_data else "", "technique": variant.technique, "form": variant.form,
        "route": variant.route, "format": variant.format, "versions": formats.versions(adapter, variant.framework),
        "code": cache.code_of(adapter, *map(importlib.import_module, adapter.code)),
    })  # fmt: skip


def _arguments(variant: Variant, source: Source, rows: Rows, folder: Path) -> dict[str, Any]:
    """What the worker is told: of the technique, what is left to do."""
    return {
        "format": variant.format, "source": msgspec.to_builtins(source), "rows": msgspec.to_builtins(rows),
        "technique": conversion(parse(variant.technique)), "form": variant.form, "folder": str(folder),
    }  # fmt: skip


def _artifact(variant: Variant, opened: Opened, made: Made, check: Agreement | None) -> Artifact:
    """Put together the record of an artifact."""
    source, steps, anatomy = opened.source, parse(variant.technique), made.said.anatomy
    flaws = trust.artifact_flaws(
        promises=sum((step.promises for step in steps), trust.Promises()), integer=any(step.integer for step in steps), anatomy=anatomy,
        source_parameters=source.parameters, check=check, random_input=opened.rows.random,
    )  # fmt: skip
    return Artifact(
        schema=store.SCHEMA, key=made.key, variant=variant, path=str(made.file), sha256=made.said.sha256, anatomy=anatomy, check=check,
        source_parameters=source.parameters, source_operations=source.operations, random_input=opened.rows.random,
        versions=formats.versions(FORMATS.get(variant.format), variant.framework), convert_seconds=made.said.seconds,
        extra_epochs=extra_epochs(steps, opened.wish.train), flaws=flaws,
    )  # fmt: skip
