"""A Chromium with one page, in processes of its own: a fresh profile, and nothing of it is left when it is closed.

Playwright starts it. Its driver and the browser live in a process group that ends as a whole: a driver that hangs costs an
order and not the run, and what Ctrl-C does to one of its calls is nobody's concern.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from pocketbench.browser.ending import end
from pocketbench.worker.log import Log

CHUNK_BYTES = 64 * 1024
ENDED_BYTES = 4096
SILENT = "the process that holds the browser ended"


@dataclass(frozen=True, slots=True)
class Chromium:
    """A Chromium to start: its program, its arguments, and whether its pages run in its sandbox (which root cannot have)."""

    executable: Path
    arguments: Sequence[str]
    sandbox: bool = field(default_factory=lambda: os.geteuid() != 0)


class Window:
    """An open page. ``over`` is set when it ends, and may be set by others who wait for the same moment."""

    def __init__(self, process: subprocess.Popen[bytes], log: Log, over: threading.Event) -> None:
        self.process = process
        self.over = over
        self._log = log
        self._ended = b""
        self._readers = [threading.Thread(target=read, daemon=True) for read in (self._read_end, self._read_log)]
        for reader in self._readers:
            reader.start()

    @property
    def ended(self) -> str:
        """How the page ended, in words; "" while it goes on."""
        if self._readers[0].is_alive():
            return ""
        return self._ended.decode("utf-8", errors="replace").strip() or f"{SILENT} ({_how(self.process.wait())})"

    @property
    def log(self) -> str:
        """The end of what the page and the browser said."""
        return self._log.tail()

    def close(self) -> None:
        """Read to the end what was said, now that the processes are gone."""
        self.process.wait()
        for reader in self._readers:
            reader.join()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()

    def _read_end(self) -> None:
        """Read how the page ended."""
        for read in _read(self.process.stdout):
            self._ended = (self._ended + read)[:ENDED_BYTES]
        self.over.set()

    def _read_log(self) -> None:
        """Keep what is said."""
        for read in _read(self.process.stderr):
            self._log.add(read)


@contextmanager
def opened(url: str, chromium: Chromium, log: Path, over: threading.Event) -> Iterator[Window]:
    """Open ``url`` in a fresh browser; when the block ends, so do the browser and all it started. What is said goes to ``log``, bounded."""
    folder = Path(tempfile.mkdtemp(prefix="pocketbench-"))  # a short name: Chromium makes a socket in it
    process = None
    try:
        process = _started(url, chromium, folder)
        window = Window(process, Log(log), over)
        try:
            yield window
        finally:
            end(process.pid, folder)
            window.close()
    finally:
        if process is not None and process.returncode is None:  # once it was waited for, its id may be another's
            end(process.pid, folder)
        shutil.rmtree(folder, ignore_errors=True)


def _started(url: str, chromium: Chromium, folder: Path) -> subprocess.Popen[bytes]:
    """Start the process that holds the browser, and tell it what to open."""
    asked = {
        "url": url, "executable": str(chromium.executable), "arguments": list(chromium.arguments), "sandbox": chromium.sandbox, "folder": str(folder),
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "pocketbench.browser.window_main"],
        # What Chromium itself prints comes through the driver's own log.
        env={**os.environ, "TMPDIR": str(folder), "DEBUG": "pw:browser", "DEBUG_COLORS": "0"},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    )  # fmt: skip
    if process.stdin is None:
        raise AssertionError("a pipe was asked for")
    with suppress(BrokenPipeError):  # it ended already, and says why
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        process.stdin.flush()
    return process


def _read(stream: IO[bytes] | None) -> Iterator[bytes]:
    """Give what comes from a pipe, until its end."""
    while stream is not None and (read := os.read(stream.fileno(), CHUNK_BYTES)):
        yield read


def _how(code: int) -> str:
    """How a process ended: by its exit code, or by the number of a signal."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"
