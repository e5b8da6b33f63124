"""Work done in a process of its own, because converters crash, hang and eat memory, and users' code does what it likes.

A worker is long-lived, so that a framework is imported once, and keyed by toolchain. Requests and answers are lines of JSON
on a channel of their own, never pickles: what comes back from a model's code is not trusted. What the task prints goes to
a log. A worker that crashed, hung or grew is ended with all it started, and the next call starts a new one.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pocketbench import environments, errors, toolchains
from pocketbench.errors import DeadlinePassed, MemoryExceeded, PocketbenchError, ProtocolError, Refused, TaskRaised, ToolchainMissing, WorkerCrashed, WorkerLost
from pocketbench.worker.child import Child
from pocketbench.worker.log import Log
from pocketbench.worker_main import TEXT_LIMIT

SEED = 0
MEMORY_SHARE = 0.75
RECYCLE_SHARE = 0.25
LEAST_RECYCLE_BYTES = 1 << 30  # a framework that is only imported takes more than half of this
WATCH_EVERY_S = 0.1

_RAISED_AGAIN = {
    name: kind
    for name, kind in vars(errors).items()
    if isinstance(kind, type) and issubclass(kind, PocketbenchError) and not issubclass(kind, (Refused, TaskRaised, WorkerLost))
}


class Worker:
    """One worker, started by its first call and again by the first call after it was ended.

    ``log`` is the file that gets what tasks print (only the end of it is kept). A task that makes the resident size of
    the process and its descendants pass ``memory_limit_bytes`` is ended; after a task that left it over ``recycle_bytes``
    the process is. ``allowed`` are the beginnings of the names of functions that may be called, ``preload`` the modules
    imported before the first.
    """

    def __init__(
        self,
        toolchain: str,
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        memory_limit_bytes: int,
        recycle_bytes: int,
        python: str = sys.executable,
        allowed: tuple[str, ...] = ("pocketbench.",),
        preload: tuple[str, ...] = ("numpy",),
    ) -> None:
        self.toolchain = toolchain
        self._log = Log(log)
        self._memory_limit_bytes = memory_limit_bytes
        self._recycle_bytes = recycle_bytes
        # Strings hash alike in every worker, so that sets are gone through in one order.
        self._environment = {**os.environ, **(environment or {}), "PYTHONHASHSEED": "0"}
        self._command = [python, "-P", "-u", "-X", "faulthandler", "-m", "pocketbench.worker_main"]
        self._settings = {"allowed": allowed, "preload": preload}
        self._child: Child | None = None
        self._calls = 0
        self._one_at_a_time = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The process's id, None while there is none."""
        return self._child.pid if self._child else None

    def call(self, function: str, arguments: Mapping[str, object], *, deadline_s: float, seed: int = SEED) -> object:
        """Call ``package.module:name`` with keyword arguments, all JSON builtins, and return what it gives, as JSON builtins.

        Raises what it raises of the error tree; TaskRaised for any other error; WorkerCrashed, DeadlinePassed (``deadline_s``
        covers the start of the process) or MemoryExceeded when it did not come to its end; ProtocolError for an answer
        that cannot be read.
        """
        with self._one_at_a_time:
            self._calls += 1
            request = {"call": self._calls, "function": function, "arguments": dict(arguments), "seed": seed}
            line = json.dumps(request).encode() + b"\n"
            self._log.begin()
            try:
                answer = _read(self._exchange(line, function, deadline_s), self._calls, function)
            except BaseException:
                self._end()
                raise
            if self._child and self._child.resident_bytes() > self._recycle_bytes:
                self._end()
            return self._told(answer, function)

    def close(self) -> None:
        """End the process and all it started."""
        with self._one_at_a_time:
            self._end()

    def _exchange(self, line: bytes, function: str, deadline_s: float) -> bytes:
        """Send a request and gather its answer, watching the process meanwhile."""
        deadline, watched, task = time.monotonic() + deadline_s, 0.0, f"{function} in the {self.toolchain} worker"
        child = self._running()
        child.ask(line)
        while not child.move(min(WATCH_EVERY_S, max(0.0, deadline - time.monotonic()))):
            if child.hung_up:
                raise WorkerCrashed(f"{task} {self._end()}", log=self._log.tail())
            if time.monotonic() >= deadline:
                raise DeadlinePassed(f"{task} was still busy after {deadline_s:g} s", log=self._log.tail())
            if time.monotonic() >= watched + WATCH_EVERY_S:
                watched = time.monotonic()
                self._watch(child, task)
        return bytes(child.answer)

    def _running(self) -> Child:
        """The process, started when there is none, or none any more."""
        if self._child is None or self._child.has_ended():
            self._end()
            self._child = Child(self._command, self._settings, self._environment, self._log)
        return self._child

    def _watch(self, child: Child, task: str) -> None:
        """Raise when the process has ended (a descendant may hold its channel open), or has grown over the limit."""
        if child.has_ended():
            raise WorkerCrashed(f"{task} {self._end()}", log=self._log.tail())
        resident, limit = child.resident_bytes(), self._memory_limit_bytes
        if resident > limit:
            raise MemoryExceeded(f"{task} grew to {resident >> 20} MiB; its limit is {limit >> 20} MiB", log=self._log.tail())

    def _end(self) -> str:
        """End the process, if there is one, and say how it ended."""
        child, self._child = self._child, None
        return child.end() if child else ""

    def _told(self, answer: dict[str, Any], function: str) -> object:
        """Return a task's value or raise its error."""
        if "ok" in answer:
            return answer["ok"]
        kind, told = next(((kind, answer[kind]) for kind in ("refused", "error", "raised") if isinstance(answer.get(kind), dict)), ("", {}))
        if kind == "refused":
            raise Refused(_text(told, "reason"), _text(told, "message"), hint=_text(told, "hint"), log=self._log.tail())
        if kind == "error":
            raise _RAISED_AGAIN.get(_text(told, "type"), PocketbenchError)(_text(told, "message"), hint=_text(told, "hint"), log=self._log.tail())
        if kind == "raised":
            name = _text(told, "type")
            log = f"{self._log.tail()}\n{_text(told, 'traceback')}".strip()
            raise TaskRaised(f"{name}: {_text(told, 'message')}", type_name=name, log=log)
        raise ProtocolError(f"{function}: the worker's answer says neither what it gives nor what went wrong")


class Workers:
    """One worker a toolchain, each started when first needed; a context manager that ends them all.

    ``logs`` is a folder for their logs. Limits are shares of the memory available now, unless given.
    """

    def __init__(self, logs: Path, *, memory_limit_bytes: int | None = None, recycle_bytes: int | None = None) -> None:
        import psutil

        available = psutil.virtual_memory().available
        self._logs = logs
        self._memory_limit_bytes = memory_limit_bytes or int(available * MEMORY_SHARE)
        self._recycle_bytes = recycle_bytes or max(LEAST_RECYCLE_BYTES, int(available * RECYCLE_SHARE))
        # What ended its worker, by whatever key its caller gives it: not worth another try in the same run.
        self.lost: dict[str, WorkerLost] = {}
        # What this run has made, by key: not to be made again in it, whatever ``--force`` says.
        self.remade: set[str] = set()
        self._workers: dict[str, Worker] = {}
        self._starting = threading.Lock()

    def __enter__(self) -> "Workers":
        return self

    def __exit__(self, *_: object) -> None:
        self.rest()

    def rest(self) -> None:
        """End every process, so that none takes memory from what is measured; the next call starts one again."""
        for worker in self._workers.values():
            worker.close()

    def call(self, toolchain: str, function: str, arguments: Mapping[str, object], *, deadline_s: float) -> object:
        """Call a function in the worker of a toolchain, as :meth:`Worker.call`. Raises ToolchainMissing or UnknownName too."""
        return self._worker(toolchain).call(function, arguments, deadline_s=deadline_s)

    def _worker(self, name: str) -> Worker:
        """The worker of a toolchain, made now if it is the first call."""
        with self._starting:
            if name not in self._workers:
                self._workers[name] = self._made(toolchains.TOOLCHAINS.get(name))
            return self._workers[name]

    def _made(self, toolchain: toolchains.Toolchain) -> Worker:
        """Make a worker for a toolchain that is installed."""
        if absent := toolchains.missing(*toolchain.lanes):
            wanted = " and ".join(lane for lane in toolchain.lanes if toolchains.missing(lane))
            raise ToolchainMissing(f"the {wanted} lane is not installed: no {', '.join(absent)}", hint=toolchains.line_to_type(*toolchain.lanes))
        python, found_by = _python_of(toolchain)
        return Worker(
            toolchain.name, log=self._logs / f"worker-{toolchain.name}.txt",
            # Frameworks leave files behind when they are ended.
            environment={**toolchain.environment, **found_by, "TMPDIR": str(self._logs)}, python=python,
            memory_limit_bytes=self._memory_limit_bytes, recycle_bytes=self._recycle_bytes, preload=toolchain.preload,
        )  # fmt: skip


def _python_of(toolchain: toolchains.Toolchain) -> tuple[str, dict[str, str]]:
    """The Python that a toolchain's worker runs on, and the variables by which another one than this finds pocketbench and none of its neighbours."""
    if not toolchain.own:
        return sys.executable, {}
    return str(environments.python_of(toolchain.own)), {"PYTHONPATH": str(environments.importable()), "PYTHONNOUSERSITE": "1"}


def _read(line: bytes, call: int, function: str) -> dict[str, Any]:
    """Read an answer, which may be anything. Raises ProtocolError when it is no answer to this call."""
    try:
        answer = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ProtocolError(f"{function}: the worker's answer is not one line of JSON: {str(error)[:200]}") from error
    if not isinstance(answer, dict) or answer.get("call") != call:
        raise ProtocolError(f"{function}: the worker's answer is not to the question that was asked")
    return answer


def _text(told: Mapping[str, object], key: str) -> str:
    """A text of an answer, bounded; "" when it is none."""
    value = told.get(key)
    return value[: 2 * TEXT_LIMIT] if isinstance(value, str) else ""
