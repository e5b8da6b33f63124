"""The socket that apps' lines of the log come in by, as logd's."""

import asyncio
import os
import socket
import struct

from pocketbench.simulator.inside.start import LOG
from pocketbench.simulator.state.log import LEVELS
from pocketbench.simulator.state.phone import Phone

MAX_MESSAGE = 8192
AT_ONCE = 500  # so that an app that only logs does not keep the phone from everything else
_CREDENTIALS = struct.Struct("3i")  # process, user, group


def listen(phone: Phone) -> None:
    """Take lines for as long as the phone is on. Raises OSError."""
    LOG.unlink(missing_ok=True)
    taking = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    taking.bind(os.fspath(LOG))
    LOG.chmod(0o666)
    taking.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    taking.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    taking.setblocking(False)
    asyncio.get_running_loop().add_reader(taking, _take, taking, phone)


def _take(taking: socket.socket, phone: Phone) -> None:
    """Take what has come."""
    for _ in range(AT_ONCE):
        try:
            data, extra, _, _ = taking.recvmsg(MAX_MESSAGE, socket.CMSG_SPACE(_CREDENTIALS.size))
        except BlockingIOError:
            return
        sender = next((_CREDENTIALS.unpack(value)[0] for _, kind, value in extra if kind == socket.SCM_CREDENTIALS), 0)
        _say(phone, data, sender)


def _say(phone: Phone, data: bytes, sender: int) -> None:
    r"""``LEVEL PID TID TAG\0MESSAGE``: one line, or several. Whose it is the kernel says, not the line."""
    head, _, message = data.partition(b"\0")
    level, _, rest = head.decode(errors="replace").partition(" ")
    tag = rest.split(" ", 2)[2] if rest.count(" ") >= 2 else ""
    if level in LEVELS and level:
        phone.say(level, tag, message.decode(errors="replace").rstrip("\n"), pid=sender)
