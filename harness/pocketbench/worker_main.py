"""The child half of :mod:`pocketbench.worker`: ``python -m pocketbench.worker_main SETTINGS``, started by nobody else.

It reads one request a line and answers each with one line of JSON. It imports nothing but the standard library and the
error tree until it is told to. When the harness ends, in whatever way, this process and all it started are ended.
"""

import contextlib
import fcntl
import functools
import importlib
import json
import os
import random
import signal
import socket
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pocketbench import errors

ANSWER_LIMIT_BYTES = 64 * 1024 * 1024
TEXT_LIMIT = 4000


def main(settings: dict[str, Any]) -> None:
    """Serve requests until the channel closes. ``settings`` has the descriptors and what may be called."""
    leave_with_parent(settings["lifeline"])
    home = Path.cwd()
    channel = socket.socket(fileno=settings["channel"])
    channel.set_inheritable(False)
    with channel, channel.makefile("rb") as requests:
        for line in requests:
            request = json.loads(line)
            os.chdir(home)
            answer = answered(request, settings["allowed"], settings["preload"])
            for stream in (sys.stdout, sys.stderr):
                with contextlib.suppress(Exception):
                    stream.flush()
            channel.sendall(encoded(request["call"], answer))


def leave_with_parent(lifeline: int) -> None:
    """End this process group when the other end of a pipe closes, which it does when the harness is gone.

    A thread watches, everywhere. On Linux the kernel is asked to kill too (F_SETSIG), because a thread cannot run while
    native code holds the interpreter. Not PR_SET_PDEATHSIG: that fires when the *thread* that started us ends.
    """
    os.set_inheritable(lifeline, False)
    threading.Thread(target=_wait_for_the_end, args=(lifeline,), name="lifeline", daemon=True).start()
    with contextlib.suppress(AttributeError, OSError):
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)


def answered(request: dict[str, Any], allowed: Sequence[str], preload: Sequence[str]) -> dict[str, Any]:
    """Call what a request names and say what came of it: ``ok``, ``refused``, ``error`` or ``raised``."""
    try:
        seed_everything(request["seed"], preload)
        return {"ok": found(request["function"], allowed)(**request["arguments"])}
    except errors.Refused as error:
        return {"refused": {"reason": error.reason, "message": _cut(error.message), "hint": _cut(error.hint)}}
    except (errors.WorkerLost, errors.TaskRaised) as error:
        return _raised(error)
    except errors.PocketbenchError as error:
        name = next(base.__name__ for base in type(error).__mro__ if base.__module__ == errors.__name__)
        return {"error": {"type": name, "message": _cut(error.message), "hint": _cut(error.hint)}}
    except BaseException as error:  # noqa: BLE001, RUF100  also sys.exit() in a converter is only this task's end
        return _raised(error)


def found(function: str, allowed: Sequence[str]) -> Callable[..., Any]:
    """Import ``package.module:name``. Raises ValueError for one that does not begin with any of ``allowed``."""
    if not function.startswith(tuple(allowed)):
        raise ValueError(f"{function} may not be called in a worker")
    module, _, name = function.partition(":")
    task: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return task


def seed_everything(seed: int, preload: Sequence[str]) -> None:
    """Begin as in a fresh process: the same random numbers, names of layers and settings of torch, whatever ran before."""
    for name in preload:
        importlib.import_module(name)
    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed)
    if "tensorflow" in sys.modules:
        sys.modules["tensorflow"].random.set_seed(seed)
    if "torch" in sys.modules:
        bring_back(torch_settings(), torch_as_it_came())
        sys.modules["torch"].manual_seed(seed)
    if "keras" in sys.modules:
        sys.modules["keras"].backend.clear_session()
        sys.modules["keras"].utils.set_random_seed(seed)


def torch_settings() -> list[tuple[Callable[[], Any], Callable[[Any], object]]]:
    """What a user's module may set for the whole process and would leave to the next task: each with what reads it and what sets it."""
    torch = sys.modules["torch"]
    quantized = torch.backends.quantized
    return [
        (torch.get_default_dtype, torch.set_default_dtype),
        # None, not "cpu": a device that was set is a mode that stands around every operation.
        (torch.get_default_device, lambda _: torch.set_default_device(None)),
        (torch.get_num_threads, torch.set_num_threads),
        (torch.is_grad_enabled, torch.set_grad_enabled),
        (torch.are_deterministic_algorithms_enabled, torch.use_deterministic_algorithms),
        (lambda: quantized.engine, lambda engine: setattr(quantized, "engine", engine)),
    ]


@functools.cache
def torch_as_it_came() -> tuple[Any, ...]:
    """The settings at the first task, right after torch was preloaded."""
    return tuple(read() for read, _ in torch_settings())


def bring_back(settings: Sequence[tuple[Callable[[], Any], Callable[[Any], object]]], values: Sequence[Any]) -> None:
    """Set again what is no longer as it was."""
    for (read, put), value in zip(settings, values, strict=True):
        if read() != value:
            put(value)


def encoded(call: int, answer: dict[str, Any]) -> bytes:
    """One line of JSON; an answer that is no JSON or is too long becomes ``raised``."""
    try:
        line = json.dumps({"call": call, **answer}).encode() + b"\n"
        if len(line) > ANSWER_LIMIT_BYTES:
            raise ValueError(f"an answer of {len(line)} bytes; at most {ANSWER_LIMIT_BYTES} may leave a worker")
    except (TypeError, ValueError, RecursionError) as error:
        line = json.dumps({"call": call, **_raised(error)}).encode() + b"\n"
    return line


def _raised(error: BaseException) -> dict[str, Any]:
    """What is said of an error from outside the tree."""
    try:
        message = str(error)
    except Exception:  # noqa: BLE001, RUF100  the error is not ours, nor is its __str__
        message = ""
    trace = "".join(traceback.format_exception(error))
    return {"raised": {"type": type(error).__name__, "message": _cut(message), "traceback": trace[-TEXT_LIMIT:]}}


def _cut(text: str) -> str:
    """Bound a text; its beginning says most."""
    return text if len(text) <= TEXT_LIMIT else text[:TEXT_LIMIT] + " …"


def _wait_for_the_end(lifeline: int) -> None:
    """Block until the harness is gone, then end the group."""
    os.read(lifeline, 1)
    os.killpg(os.getpgrp(), signal.SIGKILL)


if __name__ == "__main__":
    chosen = json.loads(sys.argv[1])
    del sys.argv[1:]
    main(chosen)
