"""What a format does not have of a model: found out once, before any variant of the model is retrained or converted."""

import importlib
from pathlib import Path

import msgspec

from pocketbench import cache, toolchains
from pocketbench.errors import Refused, WorkerLost
from pocketbench.formats import FORMATS, Format, Missing, Probing
from pocketbench.model import Source, Variant
from pocketbench.techniques import conversion, parse
from pocketbench.worker import Workers

DEADLINE_S = 900.0


def check(variant: Variant, source: Source, workers: Workers) -> None:
    """Raise Refused, known beforehand, for a variant whose format lacks operations of the model. ``source`` is not yet retrained."""
    adapter = FORMATS.get(variant.format)
    if variant.framework == variant.format or not isinstance(adapter, Probing):
        return
    refusal = adapter.unfit(source, conversion(parse(variant.technique)), variant.form)
    if refusal is None:
        found = Missing() if adapter.everyday(source) else _missing(adapter, source, workers)
        refusal = adapter.refusal(found, variant.form)
    if refusal:
        raise Refused(refusal.reason, refusal.message, hint=refusal.hint, beforehand=True)


def _missing(adapter: Format, source: Source, workers: Workers) -> Missing:
    """Look, or find what was seen before; where the worker is lost nothing is known, and every variant of the run tells for itself."""
    code = cache.code_of(adapter, *map(importlib.import_module, adapter.code))
    key = cache.key_of({"source": source.key, "format": adapter.name, "versions": toolchains.versions(adapter.packages), "code": code})

    def make(folder: Path) -> None:
        arguments = {"format": adapter.name, "source": msgspec.to_builtins(source)}
        cache.keep(folder / "missing.json", workers.call(adapter.toolchain, "pocketbench.formats:look", arguments, deadline_s=DEADLINE_S))

    if key in workers.lost:
        return Missing(known=False)
    try:
        folder, _ = cache.made("probes", key, make)
    except WorkerLost as error:
        workers.lost[key] = error
        return Missing(known=False)
    return cache.kept(folder / "missing.json", Missing)
