"""Programs that are at work for one board, so that another thread can end what is waited for."""

import os
import signal
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from pocketbench.errors import SshMissing, WireCut
from pocketbench.ssh import program

# ssh's words are read, so they are English; nobody is asked anything, and no window opens.
_ENVIRONMENT = {"LC_ALL": "C", "SSH_ASKPASS_REQUIRE": "never"}


class Running:
    """The programs that were started and are waited for."""

    def __init__(self, serial: str) -> None:
        self._serial = serial
        self._turn = threading.Lock()
        self._shut = False
        self._processes: set[subprocess.Popen[bytes]] = set()

    @contextmanager
    def started(self, words: list[str]) -> Iterator["subprocess.Popen[bytes]"]:
        """Start a program, which is ended with the block. Raises WireCut once shut, SshMissing."""
        process = self.start(words)
        try:
            yield process
        finally:
            self.waited_for(process)
            end(process)

    def start(self, words: list[str]) -> "subprocess.Popen[bytes]":
        """Start a program that is waited for, with pipes to it, in a session of its own: Ctrl-C is the harness's to answer. Raises WireCut, SshMissing."""
        pipe = subprocess.PIPE
        with self._turn:
            if self._shut:
                raise WireCut(f"ssh:{self._serial}: given up", serial=self._serial, command="ssh")
            try:
                process = subprocess.Popen(words, stdin=pipe, stdout=pipe, stderr=pipe, env=_environment(), start_new_session=True, bufsize=0)
            except OSError as error:
                raise SshMissing(f"{words[0]}: {error.strerror}", hint=program.HINT) from error
            self._processes.add(process)
        return process

    def waited_for(self, process: "subprocess.Popen[bytes]") -> None:
        """Nobody waits for it any more: :meth:`shut` leaves it alone."""
        with self._turn:
            self._processes.discard(process)

    def shut(self, *, again: bool = False) -> None:
        """End all that are waited for, and let no new one be started until this is called with ``again``."""
        with self._turn:
            self._shut = not again
            for one in () if again else self._processes:
                _kill(one)


def end(process: "subprocess.Popen[bytes]") -> None:
    """End a program and what it started here, as the way through a jump host, and close the pipes to it."""
    _kill(process)
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe:
            with suppress(OSError):
                pipe.close()


def _environment() -> Mapping[str, str]:
    """Ssh's environment."""
    return {**os.environ, **_ENVIRONMENT}


def _kill(process: "subprocess.Popen[bytes]") -> None:
    """End a program's session, where it has not ended by itself."""
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
