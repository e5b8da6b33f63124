"""The workshop: verifies and prepares APKs for one phone, on the computer's side, for the phone sees neither this computer's files nor its compilers.

    daemon, in the phone's root                           workshop, a thread of ``pocketbench phone``
    {"do": …, "package": NAME} and the APK's descriptor ──▶   a process of its own (``work``), which looks into the APK in a cell alone
    {"said": TEXT} …                                    ◀──
    {"ready": …} or {"refused": TEXT, …}                ◀──

One APK at a time. The shelf is a folder in this computer's cache, shown in the phone's root, and gone with the phone.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, suppress
from pathlib import Path

from pocketbench import cache

KIND = "phones"
MAX_MESSAGE = 60_000
MAX_APK_BYTES = 2 << 30
DEADLINE_S = 3000.0  # also for bringing the tools; what is done with the APK itself has less (cell.DEADLINE_S)


class Workshop:
    """``theirs`` is the daemon's end of the socket; ``shelf`` the folder to show in the phone's root. Raises CacheError where there can be no shelf."""

    def __init__(self) -> None:
        self._left = ExitStack()
        self.shelf = self._left.enter_context(cache.scratch(KIND))
        self._ours, self.theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._working: subprocess.Popen[bytes] | None = None
        self._closed = False
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def open(self) -> None:
        """Begin to serve, once the phone's processes have their end."""
        self.theirs.close()
        self._thread.start()

    def close(self) -> None:
        """Serve no more; what is being prepared is given up."""
        self._closed = True
        with suppress(OSError):
            self._ours.shutdown(socket.SHUT_RDWR)
        _end(self._working)
        if self._thread.is_alive():
            self._thread.join(10)
        self.theirs.close()
        self._ours.close()
        self._left.close()

    def _serve(self) -> None:
        """Answer until the phone is off."""
        with suppress(OSError):
            while not self._closed:
                data, descriptors, _, _ = socket.recv_fds(self._ours, MAX_MESSAGE, 1)
                if not data:
                    return
                try:
                    self._answer(data, descriptors)
                except (OSError, ValueError) as error:
                    self._say({"refused": str(error)})
                finally:
                    for descriptor in descriptors:
                        os.close(descriptor)

    def _answer(self, data: bytes, descriptors: list[int]) -> None:
        """Do what is asked with one APK. Raises OSError and ValueError."""
        package = str(json.loads(data)["package"])
        if not descriptors or not package.replace(".", "").isidentifier():
            raise ValueError("no APK")
        apk = self.shelf / f"{package}.apk"
        with os.fdopen(os.dup(descriptors[0]), "rb") as given, apk.open("wb") as target:
            if os.fstat(given.fileno()).st_size > MAX_APK_BYTES:
                raise ValueError("an APK of more than 2 GiB")
            shutil.copyfileobj(given, target, 1 << 20)
        try:
            self._work(data.decode(), apk)
        finally:
            apk.unlink(missing_ok=True)

    def _work(self, asked: str, apk: Path) -> None:
        """Have it done in a process of its own, which can be ended at any moment, and pass on what that says. Raises OSError."""
        words = [sys.executable, "-m", "pocketbench.simulator.inside.work", asked, str(apk), str(self.shelf)]
        with subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True) as working:
            self._working = working
            late = threading.Timer(DEADLINE_S, _end, [working])
            late.start()
            said = {}
            try:
                for line in working.stdout or ():
                    said = json.loads(line[:MAX_MESSAGE])
                    self._say(said)
            finally:
                self._working = None
                late.cancel()
                _end(working)
        if not {"ready", "refused"} & set(said):
            self._say({"refused": f"it took more than {DEADLINE_S:g} s, or ended by itself: exit code {working.returncode}"})

    def _say(self, message: dict[str, object]) -> None:
        """Tell the daemon. Raises OSError when it has gone."""
        self._ours.sendall(json.dumps(message).encode())


def _end(process: "subprocess.Popen[bytes] | None") -> None:
    """End a process and what it started."""
    if process is not None and process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
