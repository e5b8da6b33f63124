"""A board at the far end of ssh for tests: a real OpenSSH server on loopback, in a root of its own, and an ssh that knows it as ``board-1``.

It runs as this user in namespaces of its own (files, processes, users), so that what is left on it can be seen, its storage is small and nothing
of this computer is touched; its processor and programs are this computer's. The server is the system's or, where it has none, Debian's package
unpacked beside the system, by way of the mirror that the system's own apt is told of.
"""

import contextlib
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import platformdirs
import psutil
import pytest

from pocketbench.ssh import Address, Board

ALIAS = "board-1"
READY_S = 60
PACKAGES = ("openssh-server", "libwrap0")
TMP_BYTES = 48 << 20
# A folder for tests on it.
PLACE = "/tmp/place"  # noqa: S108 - its own /tmp

# $1: an empty folder, $2: the board's own files, $3: where the server is, $4: its libraries, $5: bytes of /tmp, then what of it must be there.
INSIDE = """set -e
root=$1 own=$2 server=$3 libraries=$4 size=$5
shift 5
mount -t tmpfs none "$root"
for entry in /*; do
  name=${entry#/}
  case $name in etc | tmp) continue ;; esac
  if [ -L "$entry" ]; then cp -P "$entry" "$root/"; elif [ -d "$entry" ]; then mkdir "$root/$name" && mount --rbind "$entry" "$root/$name"; fi
done
cp -r /etc "$root/" 2>/dev/null || true
mkdir -p "$root/board" "$root/server" "$root/tmp"
mount --rbind "$own" "$root/board"
mount --rbind "$server" "$root/server"
cp "$own/passwd" "$own/group" "$own/machine-id" "$root/etc/"
mount -t tmpfs -o "size=$size,mode=1777" none "$root/tmp"
for folder; do mkdir -p "$root$folder" && mount --rbind "$folder" "$root$folder"; done
cd "$root"
LD_LIBRARY_PATH=$libraries exec chroot . setpriv --ambient-caps=-all --inh-caps=-all /server/usr/sbin/sshd -D -e -f /board/sshd_config
"""
CONFIG = """Port {port}
ListenAddress 127.0.0.1
HostKey /board/host_key
AuthorizedKeysFile /board/authorized_keys
StrictModes no
UsePAM no
PidFile none
PasswordAuthentication no
KbdInteractiveAuthentication no
PrintMotd no
LogLevel ERROR
"""
CLIENT = """Host behind
  ProxyJump {alias}
  RemoteCommand sleep 60
  RequestTTY force
  ControlMaster auto
  ControlPersist yes
  ControlPath {own}/theirs
  LocalForward 127.0.0.1:{port} 127.0.0.1:22
  ExitOnForwardFailure yes
Host locked-out
  IdentityFile {own}/host_key
Host {alias} stranger locked-out behind
  HostName 127.0.0.1
  Port {port}
  User board
  IdentitiesOnly yes
  GlobalKnownHostsFile /dev/null
Host {alias} locked-out behind
  UserKnownHostsFile {own}/known_hosts
  HostKeyAlias {alias}
Host {alias} stranger behind
  IdentityFile {own}/client_key
Host stranger
  UserKnownHostsFile /dev/null
"""


@dataclass
class Far:
    """The board: its folder of files, its serial number, and its server while that runs."""

    own: Path
    serial: str
    port: int
    words: list[str]
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    @property
    def board(self) -> Board:
        """A way to it of one's own."""
        return Board(Address(ALIAS))

    def begin(self) -> None:
        """Let its server run, and wait until it answers. Where this computer cannot have one, the test is skipped."""
        log = self.own / "log"
        with log.open("wb") as said:
            self.process = subprocess.Popen(self.words, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True)
        until = time.monotonic() + READY_S
        while not _greets(self.port):
            if self.process.poll() is not None or time.monotonic() > until:
                self.end()
                why = (log.read_text(errors="replace").strip().splitlines() or ["sshd says nothing"])[-1]
                pytest.skip(f"no board here: {why}; where namespaces are not allowed: sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0")
            time.sleep(0.05)

    def end(self) -> None:
        """Switch it off."""
        if self.process:
            self.process.kill()  # the first of its processes: the kernel ends the others
            self.process.wait(READY_S)
            self.process = None

    def cut(self) -> int:
        """End the connections to it, as a network that fails; how many there were."""
        serving = self._serving()
        for one in serving:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
        return len(serving)

    def unconnected(self) -> bool:
        """Whether nobody is connected to it, within five seconds."""
        until = time.monotonic() + 5
        while self._serving() and time.monotonic() < until:
            time.sleep(0.05)
        return not self._serving()

    def _serving(self) -> list[psutil.Process]:
        """The processes of its server that connections have."""
        assert self.process
        return [one for one in psutil.Process(self.process.pid).children(recursive=True) if re.match(r"sshd(-session)?: board", _title(one))]

    def left(self) -> str:
        """What is in its place for files of everybody, and runners that still run."""
        board = self.board
        try:
            return board.done("ls /tmp | grep pocketbench; ps -eo args | grep '[r]unner.py'; true")
        finally:
            board.hang_up()


@contextlib.contextmanager
def started(folder: Path, tmp_bytes: int = TMP_BYTES) -> Iterator[Far]:
    """A board, and an ``ssh`` first on ``PATH`` that reads the tests' settings as a user's; the board's Python is this one."""
    if lacking := [name for name in ("unshare", "setpriv", "ssh", "ssh-keygen") if shutil.which(name) is None]:
        pytest.skip(f"no board here: no {', '.join(lacking)}: sudo apt install util-linux openssh-client")
    server = _server()
    own, root, port = folder / "board", folder / "root", _free_port()
    for made in (own, root, folder / "bin"):
        made.mkdir()
    _furnish(own, port, server)
    serial = secrets.token_hex(16)  # tests side by side share a cache, and what it says of devices
    (own / "machine-id").write_text(serial + "\n")
    libraries = "/server/usr/lib/x86_64-linux-gnu" if server != Path("/") else ""
    there = [one for one in dict.fromkeys((sys.prefix, sys.base_prefix)) if one.startswith("/tmp/")]  # noqa: S108 - where this Python may be
    unshare = ["unshare", "--user", "--map-user=1000", "--map-group=1000", "--keep-caps", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    far = Far(own, serial, port, [*unshare, "sh", "-c", INSIDE, "sh", str(root), str(own), str(server), libraries, str(tmp_bytes), *there])
    wrapped = folder / "bin" / "ssh"
    wrapped.write_text(f'#!/bin/sh\nexec {shutil.which("ssh")} -F {own}/client_config "$@"\n')
    wrapped.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", f"{folder / 'bin'}:{os.environ['PATH']}")
        patch.setenv("POCKETBENCH_DEVICE_PYTHON", sys.executable)
        patch.delenv("SSH_AUTH_SOCK", raising=False)
        far.begin()
        try:
            yield far
        finally:
            far.end()


def _furnish(own: Path, port: int, server: Path) -> None:
    """Make keys, settings and the few files of the system that are its own."""
    for key in ("host_key", "client_key"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(own / key)], check=True)  # noqa: S607 - looked for above
    (own / "authorized_keys").write_text((own / "client_key.pub").read_text())
    (own / "known_hosts").write_text(f"{ALIAS} {(own / 'host_key.pub').read_text()}")
    parts = {"SshdSessionPath": "sshd-session", "SshdAuthPath": "sshd-auth"}  # OpenSSH 9.8 and 10
    besides = [f"{name} /server/usr/lib/openssh/{part}\n" for name, part in parts.items() if (server / "usr/lib/openssh" / part).exists()]
    (own / "sshd_config").write_text(CONFIG.format(port=port) + "".join(besides))
    (own / "client_config").write_text(CLIENT.format(alias=ALIAS, port=port, own=own))
    (own / "passwd").write_text("root:x:0:0::/:/bin/sh\nboard:x:1000:1000::/board/home:/bin/sh\nsshd:x:22:22::/:/bin/false\n")
    (own / "group").write_text("root:x:0:\nboard:x:1000:\n")
    (own / "home").mkdir()


def _server() -> Path:
    """The folder under which ``usr/sbin/sshd`` is. Where it cannot be had, the test is skipped."""
    if Path("/usr/sbin/sshd").exists():
        return Path("/")
    place = platformdirs.user_cache_path("pocketbench-tests") / "debian-sshd"
    if not (place / "usr/sbin/sshd").exists():
        _fetch(place)
    return place


def _fetch(place: Path) -> None:
    """Fetch the packages by apt, which checks Debian's signatures, and unpack them."""
    if lacking := [name for name in ("apt-get", "dpkg-deb") if shutil.which(name) is None]:
        pytest.skip(f"no sshd here, and no {', '.join(lacking)} to bring one: sudo apt install openssh-server")
    new = place.with_name("debian-sshd-new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    said = subprocess.run(["apt-get", "download", *PACKAGES], cwd=new, capture_output=True, text=True, timeout=120, check=False)  # noqa: S607
    if said.returncode:
        last = (said.stderr.strip().splitlines() or ["apt-get failed"])[-1]
        pytest.skip(f"no sshd here: {last}: sudo apt-get update, or sudo apt install openssh-server")
    for package in new.glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", str(package), str(new)], check=True)  # noqa: S607
    shutil.rmtree(place, ignore_errors=True)
    new.rename(place)


def _title(process: psutil.Process) -> str:
    """What a process calls itself, "" where it is gone."""
    try:
        return " ".join(process.cmdline())
    except psutil.NoSuchProcess:
        return ""


def _free_port() -> int:
    """A port of loopback that nobody has."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        port: int = asked.getsockname()[1]
        return port


def _greets(port: int) -> bool:
    """Whether an ssh server answers."""
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as asked:
        return asked.recv(4) == b"SSH-"
    return False
