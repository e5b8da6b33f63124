"""Who is who: both ends show that they know the token, and neither says it. The other half is ``device_scripts/serving/handshake.py``."""

import hmac
import re
import secrets
import socket

from pocketbench.errors import ProtocolError, ServerRefused
from pocketbench.serving import frames
from pocketbench.serving.frames import Head

PROTOCOL = 1
ANSWER_S = 10.0


def introduce(connection: socket.socket, token: str) -> Head:
    """Answer a server's challenge and hold its own answer against the token; what it says of itself. Raises ServerRefused, ProtocolError, ServerLost."""
    challenge = frames.receive(connection, within_s=ANSWER_S)
    if challenge.say != "challenge" or challenge.bytes:
        raise ProtocolError("what answers there is no Pocketbench server")
    if challenge.protocol != PROTOCOL:
        message = f"the server speaks protocol {challenge.protocol}, this host speaks {PROTOCOL}"
        raise ServerRefused(message, hint="copy device_scripts/server.py and device_scripts/serving there again, and start it")
    nonces = (challenge.nonce, secrets.token_hex(16))
    frames.send(connection, "answer", nonce=nonces[1], proof=_proof(token, "client", nonces))
    welcome = frames.receive(connection, within_s=ANSWER_S)
    if welcome.say != "welcome" or welcome.bytes or not hmac.compare_digest(_proof(token, "server", nonces).encode(), welcome.proof.encode()):
        raise ServerRefused("the server has another token", hint="it prints its token when it is started")
    return welcome


def _proof(token: str, who: str, nonces: tuple[str, str]) -> str:
    """What only somebody with the token can say. How it is set off, and capital letters, are of no matter."""
    key = re.sub(r"[\s-]", "", token).lower().encode()
    return hmac.new(key, "\n".join((who, *nonces)).encode(), "sha256").hexdigest()
