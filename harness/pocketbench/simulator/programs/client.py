"""Every program of the phone's own: asks the phone, prints what it says, ends with its exit code.

Put into the phone's root under each program's name, with the interpreter in its first line. Nothing is imported that takes time.
Frames are one byte (what it is), four (how long), data: to the phone the words and then, when asked, stdin; from it output, errors and the exit code.
"""

import _signal  # type: ignore[import-not-found]
import _socket
import os
import sys

PLACE = "/dev/socket/pocketbench"
MOST = 1 << 18


def main() -> int:
    """Ask, and do what is answered; the exit code."""
    for number in (2, 13):  # SIGINT, SIGPIPE: end as other programs do
        _signal.signal(number, _signal.SIG_DFL)
    phone = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
    try:
        phone.connect(PLACE)
    except OSError:
        os.write(2, b"the phone is going down\n")
        return 1
    words = [os.path.basename(sys.argv[0]), *sys.argv[1:]]
    send(phone, b"w", b"\0".join(os.fsencode(word) for word in (os.getcwd(), *words)))
    while True:
        kind, data = receive(phone)
        if kind in (b"o", b"e"):
            show(1 if kind == b"o" else 2, data)
        elif kind == b"i":
            give(phone, int.from_bytes(data, "little"))
        else:
            return data[0] if data else 1


def give(phone: _socket.socket, wanted: int) -> None:
    """Send so many bytes of stdin, or what there is; an empty frame is the end."""
    while wanted and (data := os.read(0, min(wanted, MOST))):
        send(phone, b"d", data)
        wanted -= len(data)
    send(phone, b"d", b"")


def show(where: int, data: bytes) -> None:
    """Print."""
    while data:
        data = data[os.write(where, data) :]


def send(phone: _socket.socket, kind: bytes, data: bytes) -> None:
    """Send a frame."""
    phone.sendall(kind + len(data).to_bytes(4, "little") + data)


def receive(phone: _socket.socket) -> tuple[bytes, bytes]:
    """The next frame; at the phone's end one of the exit code 1."""
    head = exactly(phone, 5)
    return (head[:1], exactly(phone, int.from_bytes(head[1:], "little"))) if head else (b"x", b"\1")


def exactly(phone: _socket.socket, wanted: int) -> bytes:
    """So many bytes, or none."""
    parts = []
    while wanted:
        part = phone.recv(min(wanted, MOST))
        if not part:
            return b""
        parts.append(part)
        wanted -= len(part)
    return b"".join(parts)


if __name__ == "__main__":
    sys.exit(main())
