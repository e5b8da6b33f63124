"""The computer's own adb server: told that the phone is there, and that it is gone. Nothing else of it is touched.

Spoken to directly (AOSP adb/OVERVIEW.TXT), so that no other version of the adb program ends the user's server to start its own.
"""

import os
import shutil
import socket
import subprocess
from importlib import util
from pathlib import Path

from pocketbench.errors import DeviceError

PORT_VARIABLE = "ANDROID_ADB_SERVER_PORT"
DEADLINE_S = 15.0
MAX_ANSWER = 4096


def connect(address: str) -> str:
    """Have the server connect to a phone; its answer. Raises DeviceError where there is no server and no adb to start one."""
    try:
        return _asked(f"host:connect:{address}")
    except ConnectionRefusedError:
        _start_server()
    try:
        return _asked(f"host:connect:{address}")
    except OSError as error:
        raise DeviceError(f"no adb server at port {_port()}: {error.strerror}", hint="adb start-server") from error


def disconnect(address: str) -> None:
    """Have the server forget the phone; one that has gone has."""
    try:
        _asked(f"host:disconnect:{address}")
    except OSError:
        return


def _port() -> int:
    """Where the server listens."""
    value = os.environ.get(PORT_VARIABLE, "")
    return int(value) if value.isdecimal() else 5037


def _asked(request: str) -> str:
    """Ask the server one thing. Raises OSError."""
    with socket.create_connection(("127.0.0.1", _port()), timeout=DEADLINE_S) as server:
        server.sendall(f"{len(request):04x}{request}".encode())
        answer = b""
        while part := server.recv(MAX_ANSWER):
            answer += part
    return answer[8:MAX_ANSWER].decode(errors="replace").strip()


def _start_server() -> None:
    """Start a server with the adb that is here. Raises DeviceError."""
    program = os.environ.get("ADBUTILS_ADB_PATH") or shutil.which("adb") or _bundled()
    if not program:
        raise DeviceError("there is no adb server, and no adb to start one", hint="pip install adbutils, or install your system's adb")
    try:
        subprocess.run([program, "-P", str(_port()), "start-server"], check=True, capture_output=True, timeout=DEADLINE_S)
    except (OSError, subprocess.SubprocessError) as error:
        raise DeviceError(f"{program} did not start a server: {error}") from error


def _bundled() -> str:
    """The adb that adbutils brings."""
    found = util.find_spec("adbutils")
    program = Path(found.origin).parent / "binaries/adb" if found and found.origin else None
    return str(program) if program and program.exists() else ""
