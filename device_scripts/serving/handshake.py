"""Both ends show that they know the token, without saying it: who has taken the port of one that is gone learns nothing.

challenge {protocol, nonce}  ─▶
                             ◀─  answer {nonce, proof = hmac-sha256(token, "client" nonces)}
welcome {proof = hmac-sha256(token, "server" nonces), …}  ─▶
"""

import base64
import hmac
import re
import secrets
import socket
from typing import Any

from serving import frames
from serving.frames import Broken, Head

PROTOCOL = 1
ANSWER_S = 10.0
MAX_ANSWER_BYTES = 4096
TOKEN_BYTES = 10


class Stranger(Exception):
    """Who is at the other end does not know the token."""


def new_token() -> str:
    """A token that can be typed: 80 bits, four letters or digits at a time."""
    text = base64.b32encode(secrets.token_bytes(TOKEN_BYTES)).decode().lower()
    return "-".join(re.findall("....", text))


def key(token: str) -> bytes:
    """What a token stands for: how it is set off, and capital letters, are of no matter."""
    return re.sub(r"[\s-]", "", token).lower().encode()


def proof(token: str, who: str, nonces: tuple[str, str]) -> str:
    """What only somebody with the token can say. ``nonces`` are the server's and the client's."""
    return hmac.new(key(token), "\n".join((who, *nonces)).encode(), "sha256").hexdigest()


def receive_client(connection: socket.socket, token: str, **about: Any) -> None:
    """Challenge a client, and tell ``about`` to one that knows the token. Raises Stranger, Broken."""
    nonce = secrets.token_hex(16)
    frames.send(connection, "challenge", protocol=PROTOCOL, nonce=nonce)
    answer = frames.receive(connection, within_s=ANSWER_S, most=MAX_ANSWER_BYTES)
    nonces = (nonce, text(answer, "nonce"))
    if answer["say"] != "answer" or answer["bytes"]:
        raise Broken("no answer to a challenge")
    if not hmac.compare_digest(proof(token, "client", nonces).encode(), text(answer, "proof").encode()):
        frames.send(connection, "refused", reason="token", message="another token than this server's")
        raise Stranger
    frames.send(connection, "welcome", proof=proof(token, "server", nonces), **about)


def text(head: Head, name: str) -> str:
    """A field that must be text. Raises Broken."""
    value = head.get(name)
    if type(value) is not str:
        raise Broken(f"{name} is no text")
    return value
