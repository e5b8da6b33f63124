"""What a format does not have of a model: found out once, before any variant of the model is retrained or converted."""

import importlib
from pathlib import Path

import msgspec

from pocketbench import cache, formats
from pocketbench.errors import Refused, WorkerLost
from pocketbench.formats import FORMATS, Format, Judging, Missing, Probing
from pocketbench.model import Refusal, Source, Variant
from pocketbench.techniques import conversion, parse
from pocketbench.worker import Workers

DEADLINE_S = 900.0


def check(variant: Variant, source: Source, workers: Workers, *, force: bool = False) -> None:
    """Raise Refused, known beforehand, for a variant whose format lacks operations of the model. ``source`` is not yet retrained.

    ``force`` looks again where an earlier run has looked.
    """
    adapter = FORMATS.get(variant.format)
    if variant.framework == variant.format:
        return
    if refusal := _unfit(adapter, variant, source) or _lacks(adapter, variant, source, workers, force=force):
        raise Refused(refusal.reason, refusal.message, hint=refusal.hint, beforehand=True)


def _unfit(adapter: Format, variant: Variant, source: Source) -> Refusal | None:
    """What the format can tell without a look at the model."""
    return adapter.unfit(source, conversion(parse(variant.technique)), variant.form) if isinstance(adapter, Judging) else None


def _lacks(adapter: Format, variant: Variant, source: Source, workers: Workers, *, force: bool) -> Refusal | None:
    """What the format can tell after one."""
    if not isinstance(adapter, Probing):
        return None
    found = Missing() if adapter.everyday(source) else _missing(adapter, source, workers, force=force)
    return adapter.refusal(found, variant.form)


def _missing(adapter: Format, source: Source, workers: Workers, *, force: bool) -> Missing:
    """Look, or find what was seen before; where the worker is lost nothing is known, and every variant of the run tells for itself."""
    code = cache.code_of(adapter, *map(importlib.import_module, adapter.code))
    key = cache.key_of({"source": source.key, "format": adapter.name, "versions": formats.versions(adapter, source.framework), "code": code})

    def make(folder: Path) -> None:
        arguments = {"format": adapter.name, "source": msgspec.to_builtins(source)}
        cache.keep(folder / "missing.json", workers.call(adapter.toolchain(source.framework), "pocketbench.formats:look", arguments, deadline_s=DEADLINE_S))

    if key in workers.lost:
        return Missing(known=False)
    try:
        folder, _ = cache.made("probes", key, make, force=force and key not in workers.remade)
    except WorkerLost as error:
        workers.lost[key] = error
        return Missing(known=False)
    workers.remade.add(key)
    return cache.kept(folder / "missing.json", Missing)
