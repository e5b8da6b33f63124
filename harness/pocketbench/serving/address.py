"""Where a server is reached: a port of this computer."""

import re

from pocketbench.errors import DeviceError

PORT = 8471
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def address(which: str) -> tuple[str, int]:
    """Read ``HOST:PORT``, ``PORT`` or nothing. A server listens on its own loopback: what is elsewhere comes by a tunnel. Raises DeviceError."""
    host, _, port = which.rpartition(":")
    host = host.strip("[]") or LOOPBACK[0]
    if not re.fullmatch("[0-9]{1,5}", port or str(PORT)) or int(port or PORT) > 65535:
        raise DeviceError(f"server:{which}: {port!r} is no port", hint=f"write --device server:{PORT}")
    if host not in LOOPBACK:
        hint = f"ssh -N -L {port or PORT}:127.0.0.1:{port or PORT} {host}, then --device server:{port or PORT}"
        raise DeviceError(f"server:{which}: servers listen on their own loopback alone, and tokens are for nobody's network", hint=hint)
    return host, int(port or PORT)
