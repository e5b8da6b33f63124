"""A server that carries out orders where nothing can come in by itself, as in Termux, which adb's shell may not enter.

It is started by hand, once:

    python server.py [--port 8471] [--token-file FILE] [--name NAME] [--folder FOLDER]

It listens on 127.0.0.1 alone, prints a token, and does nothing for who does not know it. Who does may run programs as the user
who started it: the harness sends its own runner along with each order. It needs Python 3.10 or newer and nothing else; the runner needs numpy.
``docs/python-on-the-phone.md`` says how a phone is set up.
"""

import argparse
import fcntl
import os
import platform
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from importlib import metadata
from pathlib import Path

from serving import folder, handshake
from serving.frames import Broken
from serving.handshake import Stranger
from serving.reach import Reachable
from serving.session import Session
from serving.turns import Turns

PORT = 8471
MAX_CLIENTS = 32


def main(arguments: Sequence[str]) -> int:
    """Serve until Ctrl-C or a SIGTERM; return the exit code."""
    wish = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    try:
        with _base(wish.folder) as base, socket.create_server(("127.0.0.1", wish.port)) as listening:
            token = _token(wish.token_file)
            _say_how(listening.getsockname()[1], token)
            Server(base, token, wish.name or _name()).serve(listening)
    except OSError as error:
        print(f"server.py: {error}", file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        print("ended", flush=True)  # noqa: T201
    return 0


class Server:
    """Who is let in: anybody with the token, several at once, who take turns."""

    def __init__(self, base: Path, token: str, name: str) -> None:
        self._base, self._token, self._name = base, token, name
        self._turns, self._reachable = Turns(), Reachable()
        self._room = threading.BoundedSemaphore(MAX_CLIENTS)
        self._lock = threading.Lock()
        self._clients: set[socket.socket] = set()
        self._threads: set[threading.Thread] = set()

    def serve(self, listening: socket.socket) -> None:
        """Let clients in until this is interrupted; then nothing of theirs goes on."""
        try:
            while True:
                connection, _ = listening.accept()
                if not self._room.acquire(blocking=False):
                    connection.close()
                    continue
                thread = threading.Thread(target=self._client, args=(connection,), daemon=True)
                with self._lock:
                    self._clients.add(connection)
                    self._threads.add(thread)
                thread.start()
        finally:
            self._end()

    def _client(self, connection: socket.socket) -> None:
        """Serve one client, whatever it sends."""
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            handshake.receive_client(connection, self._token, server=self._about())
            Session(connection, self._base, self._turns, self._reachable).go()
        except (Broken, Stranger, OSError) as error:
            if isinstance(error, Stranger):
                print("somebody came with another token", flush=True)  # noqa: T201
        finally:
            with self._lock:
                self._clients.discard(connection)
                self._threads.discard(threading.current_thread())
            connection.close()
            self._room.release()

    def _about(self) -> dict[str, str]:
        """What a client is told: who this is, and what it has; "" for what it lacks."""
        return {"name": self._name, "python": platform.python_version(), "program": sys.executable, "numpy": _version("numpy"), "node": _node()}

    def _end(self) -> None:
        """End every session: what runs for a client ends when its connection does."""
        with self._lock:
            clients, threads = list(self._clients), list(self._threads)
        for connection in clients:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join(5)


@contextmanager
def _base(chosen: Path | None) -> Iterator[Path]:
    """The folder that sessions' folders are made in, this server's alone while it runs. Raises OSError."""
    base = chosen or Path(tempfile.gettempdir()) / f"pocketbench-server-{os.getuid()}"
    made = not base.exists()
    base.mkdir(mode=0o700, parents=True, exist_ok=True)
    if base.is_symlink() or base.stat().st_uid != os.getuid():
        raise OSError(f"{base} is somebody else's; name another with --folder")
    with (base / "lock").open("w", encoding="ascii") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise OSError(f"another server runs in {base}; end it, or name another folder with --folder") from None
        folder.sweep(base)
        try:
            yield base
        finally:
            folder.sweep(base)
            (base / "lock").unlink(missing_ok=True)
            if made:
                with suppress(OSError):
                    base.rmdir()


def _token(file: Path | None) -> str:
    """A new token, or the one in a file, which is made where it is not there: for its owner alone. Raises OSError."""
    if file is None:
        return handshake.new_token()
    with suppress(FileExistsError), os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as made:
        made.write(handshake.new_token() + "\n")
    if file.stat().st_mode & 0o077:
        raise OSError(f"{file} can be read by others: chmod 600 {file}")
    token = file.read_text(encoding="ascii", errors="replace").strip()
    if len(handshake.key(token)) < 16:  # as many as a new one has
        raise OSError(f"{file} holds no token; remove it, and a new one is made")
    return token


def _say_how(port: int, token: str) -> None:
    """Print what a person has to know, and numpy's absence."""
    lines = [
        f"Pocketbench server, protocol {handshake.PROTOCOL}, listens on 127.0.0.1:{port}",
        f"token: {token}",
        "Who has this token can run programs here as you. Ctrl-C ends the server.",
    ]
    if not _version("numpy"):
        where = "pkg install python-numpy" if "com.termux" in sys.prefix else f"{sys.executable} -m pip install numpy"
        lines.append(f"numpy is missing, and no order can be carried out without it: {where}")
    print("\n".join(lines), flush=True)  # noqa: T201


def _version(package: str) -> str:
    """A package's version, "" where it is not installed."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return ""


def _node() -> str:
    """The version of Node.js, "" where there is none."""
    program = shutil.which("node")
    with suppress(OSError, subprocess.TimeoutExpired):
        if program:
            return _said_version(program, Path(program).stat().st_mtime_ns)
    return ""


@lru_cache(maxsize=1)
def _said_version(program: str, _changed: int) -> str:
    """What a program says its version is: asked once and not for each client, of whom a service over HTTP has one a row; again where it was changed."""
    return subprocess.run([program, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout.strip().removeprefix("v")


def _name() -> str:
    """What to call this device: Android's word for its model, else the host's name."""
    with suppress(OSError, subprocess.TimeoutExpired):
        model = subprocess.run(["getprop", "ro.product.model"], capture_output=True, text=True, timeout=10, check=False).stdout.strip()  # noqa: S607
        if model:
            return re.sub(r"[^A-Za-z0-9._-]+", "_", model)[:64]
    return re.sub(r"[^A-Za-z0-9._-]+", "_", socket.gethostname())[:64]


def _interrupt(*_: object) -> None:
    """End as Ctrl-C does."""
    raise KeyboardInterrupt


def _parser() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser(prog="server.py", description="Carry out Pocketbench's orders on this device, for who knows the token")
    parser.add_argument("--port", type=int, default=PORT, help="the port on 127.0.0.1, 0 for any (default %(default)s)")
    parser.add_argument("--token-file", type=Path, help="keep the token in this file, so that it is the same next time")
    parser.add_argument("--name", help="what to call this device in reports")
    parser.add_argument("--folder", type=Path, help="where to put files while they are needed")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
