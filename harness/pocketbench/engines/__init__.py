"""Engines, the host's half: which files a runtime reads, where it runs, what can be chosen. One file an engine."""

import re
from collections.abc import Mapping
from typing import Protocol, runtime_checkable

from pocketbench.engines import in_app
from pocketbench.model import Anatomy, Job, Refusal, Variant
from pocketbench.registry import Registry


class Engine(Protocol):
    """One runtime, named for what really executes."""

    @property
    def name(self) -> str:
        """The word in suites and reports: "litert"."""

    @property
    def reads(self) -> tuple[str, ...]:
        """The formats it loads."""

    @property
    def frameworks(self) -> tuple[str, ...]:
        """Of the format ``source``, the frameworks whose models it runs; empty: a format says enough."""

    @property
    def runners(self) -> tuple[str, ...]:
        """The runners that carry it."""

    @property
    def accelerators(self) -> tuple[str, ...]:
        """Where it can execute, the CPU first."""

    @property
    def options(self) -> dict[str, tuple[str, ...]]:
        """Engine options and their values, the default first."""

    @property
    def package(self) -> str:
        """The distribution it lives in on this computer."""

    @property
    def environment(self) -> str:
        """The environment of its own that it needs on this computer (a name of ``environments.ENVIRONMENTS``), "" for the harness's."""

    @property
    def usual(self) -> bool:
        """Whether it runs where a suite names no engines; others run where ``matrix.engines`` names them."""

    def refuses(self, anatomy: Anatomy, accelerator: str, facts: Mapping[str, str | int | float]) -> Refusal | None:
        """Say why this file cannot be run there, before anything is pushed (stage ``admit``); None when it can be tried.

        ``facts`` are the device's own (:meth:`pocketbench.devices.Device.facts`).
        """


@runtime_checkable
class InApp(Protocol):
    """An engine that both Python's runner and the app carry, and that is not the same in both: ``Engine`` speaks of the former, this of the latter."""

    @property
    def app_accelerators(self) -> tuple[str, ...]:
        """Where it can execute in the app, the CPU first."""

    @property
    def app_options(self) -> dict[str, tuple[str, ...]]:
        """Its options in the app and their values, the default first."""

    def app_refuses(self, anatomy: Anatomy, accelerator: str, facts: Mapping[str, str | int | float]) -> Refusal | None:
        """Say why this file cannot be run by the app there, as :meth:`Engine.refuses`."""


ENGINES: Registry[Engine] = Registry("engine")
# The runner of phones.
APP = "app"


# What can be chosen of runners, whatever the engine, the default first: whether it is a service that is asked, and how; and who asks it.
SERVE, ASKED_BY = "serve", "asked_by"
OF_RUNNERS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    runner: {SERVE: ("off", "socket", "http"), ASKED_BY: ("harness", APP)} for runner in ("python", "node")
}
# Engine options that speak of accelerators, and of which; all others speak of the processor.
OF_ACCELERATORS: Mapping[str, tuple[str, ...]] = {
    "gpu_backend": ("gpu",),
    "cpu_forward": ("webgl", "webgpu"),
    **dict.fromkeys(("nnapi_accelerator", "nnapi_cpu", "nnapi_fp16"), ("nnapi",)),
}
# Options whose value may be a device's own name for something, and what such names are made of; an engine lists the default alone.
NAMES: Mapping[str, re.Pattern[str]] = {"nnapi_accelerator": re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")}
# Runners with less in reach than their engines: Node.js has no browser's GPU.
REACH = {"node": ("cpu", "wasm")}


def accelerators(engine: Engine, runner: str) -> tuple[str, ...]:
    """Where an engine can execute when one of its runners carries it."""
    if runner == APP and isinstance(engine, InApp):
        return engine.app_accelerators
    return tuple(name for name in engine.accelerators if name in REACH.get(runner, engine.accelerators))


def options(engine: Engine, runner: str) -> dict[str, tuple[str, ...]]:
    """The options that an engine has when one of its runners carries it, the default of each first."""
    return engine.app_options if runner == APP and isinstance(engine, InApp) else engine.options


def choices(engine: Engine, runner: str) -> dict[str, tuple[str, ...]]:
    """What can be chosen of an engine and of the runner that carries it, the default of each first."""
    return {**options(engine, runner), **OF_RUNNERS.get(runner, {})}


def needs_app(job: Job) -> bool:
    """Whether a job is one of the app: it computes there, or asks from there."""
    return APP in (job.runner, job.options.get(ASKED_BY))


def refusal(engine: Engine, runner: str, anatomy: Anatomy, accelerator: str, facts: Mapping[str, str | int | float]) -> Refusal | None:
    """Why a file cannot be run where one of an engine's runners carries it (stage ``admit``); None when it can be tried."""
    if runner == APP and (refused := in_app.pages(engine.name, facts)):
        return refused
    if runner == APP and isinstance(engine, InApp):
        return engine.app_refuses(anatomy, accelerator, facts)
    return engine.refuses(anatomy, accelerator, facts)


def can_read(engine: Engine, variant: Variant) -> bool:
    """Whether an engine reads what a variant becomes."""
    return variant.format in engine.reads and (not engine.frameworks or variant.framework in engine.frameworks)


from pocketbench.engines import executorch as _executorch  # noqa: E402, F401
from pocketbench.engines import keras as _keras  # noqa: E402, F401
from pocketbench.engines import litert as _litert  # noqa: E402, F401
from pocketbench.engines import ncnn as _ncnn  # noqa: E402, F401
from pocketbench.engines import onnxruntime as _onnxruntime  # noqa: E402, F401
from pocketbench.engines import pytorch_lite as _pytorch_lite  # noqa: E402, F401 - the first that reads a format checks its files
from pocketbench.engines import tfjs as _tfjs  # noqa: E402, F401
from pocketbench.engines import tflite as _tflite  # noqa: E402, F401
from pocketbench.engines import tflite_runtime as _tflite_runtime  # noqa: E402, F401
from pocketbench.engines import torch as _torch  # noqa: E402, F401
from pocketbench.engines import torchscript as _torchscript  # noqa: E402, F401
