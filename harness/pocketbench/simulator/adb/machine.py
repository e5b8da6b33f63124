"""What the wire needs of the phone around it, and what services need of their connection."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from pocketbench.simulator.adb.auth import Owner
from pocketbench.simulator.adb.stream import Stream
from pocketbench.simulator.state.phone import Phone


class Machine(Protocol):
    """The running phone."""

    phone: Phone
    owner: Owner

    @property
    def banner(self) -> str:
        """What it says of itself when it greets."""

    @property
    def shell(self) -> tuple[str, ...]:
        """The program that interprets a command, which follows ``-c``."""

    @property
    def interactive(self) -> tuple[str, ...]:
        """The program that a person types into."""

    @property
    def environment(self) -> Mapping[str, str]:
        """The environment of commands."""

    def reboot(self) -> None:
        """Begin to reboot."""


class Host(Protocol):
    """The connection that a service was asked for on."""

    machine: Machine
    listeners: dict[str, "Listener"]

    async def call(self, destination: str) -> Stream:
        """Open a stream to something on the computer. Raises Gone when it is refused."""


@dataclass(frozen=True, slots=True)
class Listener:
    """A socket on the phone whose connections go to ``destination`` on the computer; ``close`` ends it."""

    destination: str
    close: Callable[[], None]


@dataclass(frozen=True, slots=True)
class Request:
    """What an OPEN asks for: ``shell,v2,raw:ls`` is the service shell, the options v2 and raw, the argument ls."""

    service: str
    options: tuple[str, ...]
    argument: str
    host: Host


class NoService(Exception):
    """There is no such service, or it cannot be had; the stream is closed unopened."""


def request(name: str, host: Host) -> Request:
    """Read the name of a service."""
    head, _, argument = name.partition(":")
    service, *options = head.split(",")
    return Request(service, tuple(options), argument, host)
