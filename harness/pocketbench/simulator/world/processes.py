"""The phone's first two processes: one that adopts and ends the others, and adbd.

    pocketbench phone ──forks──▶ (a process that leaves the computer's namespaces, forks and ends) ──▶ init ──forks──▶ adbd ──▶ commands

init is process 1 of its own namespace: when it ends the kernel ends every process in there. It ends when adbd does, and when the lifeline is cut, a
pipe whose other end only ``pocketbench phone`` holds: so also when that is killed.
"""

import json
import os
import select
import signal
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from pocketbench.simulator.world import kernel
from pocketbench.simulator.world.kernel import CLONE_NEWIPC, CLONE_NEWNET, CLONE_NEWNS, CLONE_NEWPID, CLONE_NEWUSER, CLONE_NEWUTS

NAMESPACES = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC
Told = Callable[[dict[str, object]], None]


@dataclass(frozen=True, slots=True)
class Begun:
    """A begun world: ``news`` is a descriptor of JSON lines, at its end when all its processes have ended; closing ``lifeline`` ends them."""

    news: int
    lifeline: int

    def end(self) -> None:
        """End every process, and wait for their end."""
        os.close(self.lifeline)
        while os.read(self.news, 65536):
            pass
        os.close(self.news)
        with suppress(ChildProcessError):
            while True:
                os.waitpid(-1, 0)


@dataclass(frozen=True, slots=True)
class Inside:
    """What runs in there: ``furnish`` builds the root (by init), ``serve`` is adbd's whole life. Both are given a way to tell news."""

    user: int
    host_name: str
    furnish: Callable[[], None]
    serve: Callable[[Told], None]


def begin(inside: Inside) -> Begun:
    """Start the two processes. What goes wrong in them is told as ``{"error": …}``."""
    news, telling = os.pipe()
    lifeline, ours = os.pipe()
    kernel.adopt_orphans()
    leaving = os.fork()
    if not leaving:
        os.close(ours)
        os.close(news)
        _leave(inside, telling, lifeline)
    os.close(telling)
    os.close(lifeline)
    os.waitpid(leaving, 0)
    return Begun(news, ours)


def _leave(inside: Inside, telling: int, lifeline: int) -> NoReturn:
    """Leave the computer's namespaces; the next process is the first of the new ones."""
    _calm()
    with _Guard(telling):
        kernel.leave(NAMESPACES, inside.user)
        if not os.fork():
            _first(inside, telling, lifeline)
    os._exit(0)


def _first(inside: Inside, telling: int, lifeline: int) -> NoReturn:
    """Init: build the root, start adbd, reap."""
    with _Guard(telling):
        kernel.set_host_name(inside.host_name)
        kernel.start_loopback()
        inside.furnish()
        kernel.give_up_powers()
        os.umask(0)
        adbd = os.fork()
        if not adbd:
            _adbd(inside, telling, lifeline)
        kernel.call_myself("/init")
        os.close(telling)
        _reap(adbd, lifeline)
    os._exit(0)


def _adbd(inside: Inside, telling: int, lifeline: int) -> NoReturn:
    """The daemon."""
    os.close(lifeline)
    kernel.call_myself("/system/bin/adbd")
    with _Guard(telling):
        inside.serve(lambda news: tell(telling, news))
    os._exit(0)


def _reap(adbd: int, lifeline: int) -> None:
    """Wait for ended processes, until adbd is one of them or the lifeline is cut."""
    woken, waking = os.pipe()
    os.set_blocking(waking, False)
    signal.set_wakeup_fd(waking, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    while True:
        for pid in iter(_ended, 0):
            if pid in (adbd, -1):
                return
        ready, _, _ = select.select([woken, lifeline], [], [])
        if lifeline in ready:
            return
        os.read(woken, 4096)


def _ended() -> int:
    """A process that has ended, 0 when none has, -1 when none is left."""
    try:
        return os.waitpid(-1, os.WNOHANG)[0]
    except ChildProcessError:
        return -1


def _calm() -> None:
    """Have a session, signals and standard streams of one's own: the terminal's Ctrl-C is for the program that was started in it."""
    os.setsid()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in range(3):
        os.dup2(nothing, descriptor)
    os.close(nothing)


def tell(telling: int, news: dict[str, object]) -> None:
    """Write one line of news."""
    with suppress(OSError):
        os.write(telling, json.dumps(news).encode() + b"\n")


@dataclass(frozen=True, slots=True)
class _Guard:
    """Whatever is raised in a process of the world is told, and ends it: it must never run on into the program that it was forked from."""

    telling: int

    def __enter__(self) -> None:
        """Nothing to do."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        """Tell, and end this process."""
        if isinstance(error, OSError):
            tell(self.telling, {"error": f"{error.filename or 'the system'}: {error.strerror}", "errno": error.errno})
        elif error is not None:
            tell(self.telling, {"error": f"{type(error).__name__}: {error}", "trace": traceback.format_exc()[-4000:]})
        if error is not None:
            os._exit(1)
