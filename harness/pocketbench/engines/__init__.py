"""Engines, the host's half: which files a runtime reads, where it runs, what can be chosen. One file an engine."""

from typing import Protocol

from pocketbench.model import Anatomy, Refusal
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

    def refuses(self, anatomy: Anatomy) -> Refusal | None:
        """Say why this file cannot be run, before anything is pushed (stage ``admit``); None when it can be tried."""


ENGINES: Registry[Engine] = Registry("engine")


from pocketbench.engines import litert as _litert  # noqa: E402, F401
