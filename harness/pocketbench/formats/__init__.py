"""Formats: the files a model is deployed as. One file an adapter; each registers itself in ``FORMATS``.

What an adapter has is in :class:`Format`. ``convert`` and ``anatomy`` run in a worker process; the rest is read by the
planner and imports nothing heavy.
"""

import time
from pathlib import Path
from typing import Protocol, runtime_checkable

import msgspec

from pocketbench import cache, environments, toolchains
from pocketbench.model import Anatomy, Refusal, Rows, Source
from pocketbench.registry import Registry


class Format(Protocol):
    """One deployable format."""

    @property
    def name(self) -> str:
        """The word in suites and reports: "tflite"."""

    def toolchain(self, framework: str) -> str:
        """The worker environment that converts models of a framework to it."""

    def packages(self, framework: str) -> tuple[str, ...]:
        """The distributions whose versions are part of the key of an artifact made of such a model."""

    @property
    def code(self) -> tuple[str, ...]:
        """The modules besides the adapter's own whose code decides what is made and said: part of an artifact's key."""

    @property
    def steps(self) -> tuple[str, ...]:
        """The steps that techniques of this format are made of."""

    def techniques(self, framework: str) -> tuple[str, ...]:
        """What ``techniques = "all"`` means here for models of a framework; other techniques may be made of the same steps."""

    @property
    def forms(self) -> tuple[str, ...]:
        """The forms that a file of this format can be made in, "" for the usual one; ``forms = "all"`` means those of :attr:`usual_forms`."""

    @property
    def usual_forms(self) -> tuple[str, ...]:
        """What ``forms = "all"`` means here."""

    def routes(self, framework: str) -> tuple[str, ...]:
        """The conversions that lead here from a framework; none when there is no way."""

    def convert(self, source: Source, rows: Rows, technique: str, form: str, folder: Path) -> Path:
        """Write the artifact into ``folder`` and return its path; inputs and outputs in the source's order. Raises Refused with a typed reason."""

    def anatomy(self, path: Path) -> Anatomy:
        """Look inside the artifact."""


class Missing(msgspec.Struct, frozen=True):
    """Operations of a model that a format does not have: ``carried`` by something beside it, ``nowhere`` by nothing; not ``known`` where looking failed."""

    carried: tuple[str, ...] = ()
    nowhere: tuple[str, ...] = ()
    known: bool = True


@runtime_checkable
class Judging(Protocol):
    """A format that can tell of some models, techniques and forms, before anything is trained or converted, that they do not go together."""

    def unfit(self, source: Source, technique: str, form: str) -> Refusal | None:
        """Why a form makes no sense for the model as it came, or for what the technique leaves to the converter; imports nothing heavy."""


@runtime_checkable
class Probing(Protocol):
    """A format that can tell, after a look at a model and before any conversion, what of it the format does not have."""

    def everyday(self, source: Source) -> bool:
        """Whether the names of the model's operations alone say that nothing is missing; imports nothing heavy."""

    def missing(self, source: Source) -> Missing:
        """Look for what is missing, in a worker process."""

    def refusal(self, missing: Missing, form: str) -> Refusal | None:
        """Why a model with such operations has no artifact of this form (stage ``convert``); None when it may have one."""


@runtime_checkable
class Chained(Protocol):
    """A format that is made of another one: ``convert`` is given that format's float32 artifact as the source's path, its key as the source's key."""

    def made_of(self, framework: str) -> str:
        """The format that models of a framework are converted to before, in its usual form; "" where the model itself is converted."""


FORMATS: Registry[Format] = Registry("format")


def versions(adapter: Format, framework: str) -> dict[str, str]:
    """The versions of the distributions that matter to an artifact, where its converter runs: in the harness, or in an environment of its own."""
    packages, own = adapter.packages(framework), toolchains.TOOLCHAINS.get(adapter.toolchain(framework)).own
    return environments.versions(own, packages) if own else toolchains.versions(packages)


def make(*, format: str, source: dict[str, object], rows: dict[str, object], technique: str, form: str, folder: str) -> dict[str, object]:  # noqa: A002
    """Convert in a worker process; say the file's name and hash, its anatomy and how many seconds it took."""
    adapter = FORMATS.get(format)
    began = time.perf_counter()
    path = adapter.convert(msgspec.convert(source, Source), msgspec.convert(rows, Rows), technique, form, Path(folder))
    seconds = round(time.perf_counter() - began, 3)
    return {"path": path.name, "sha256": cache.sha256_of(path), "anatomy": msgspec.to_builtins(adapter.anatomy(path)), "seconds": seconds}


def look(*, format: str, source: dict[str, object]) -> dict[str, object]:  # noqa: A002
    """Say, in a worker process, what of a model a format does not have; nothing for a format that cannot tell."""
    adapter = FORMATS.get(format)
    found = adapter.missing(msgspec.convert(source, Source)) if isinstance(adapter, Probing) else Missing()
    return msgspec.to_builtins(found)  # type: ignore[no-any-return]


from pocketbench.formats import source as _source  # noqa: E402, F401, I001 - the order of the registry
from pocketbench.formats import tflite as _tflite  # noqa: E402, F401
from pocketbench.formats import torchscript as _torchscript  # noqa: E402, F401
from pocketbench.formats import executorch as _executorch  # noqa: E402, F401
from pocketbench.formats import onnx as _onnx  # noqa: E402, F401
from pocketbench.formats import ncnn as _ncnn  # noqa: E402, F401
from pocketbench.formats import tfjs as _tfjs  # noqa: E402, F401
