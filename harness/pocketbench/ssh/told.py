"""ssh's ways of failing, told as ours: whose turn it is, what was said, what to type, whether another try may help. Pure.

ssh says what went wrong in a line of English; which words mean what was seen with OpenSSH 9.2, and stands in its sources of 7.4 to 9.9.
"""

from pocketbench.errors import CommandFailed, LoginRefused, PhoneFull, PhoneUnusable, WireCut, WireError
from pocketbench.remote.answers import first_line
from pocketbench.ssh.address import Address

_FULL = ("no space left on device", "disk quota exceeded")
_CHANGED = "remote host identification has changed"
_UNKNOWN = ("host key verification failed", "key is known for", "no matching host key")
_DENIED = (
    "permission denied (",
    "too many authentication failures",
    "unprotected private key file",
    "no supported authentication methods",
    "not available",
)
_SETTINGS = ("bad configuration option", "bad owner or permissions", "terminating, ", "unsupported option", "keyword ")
_AWAY = (
    "could not resolve hostname", "connection refused", "connection timed out", "operation timed out", "no route to host", "network is unreachable",
    "connection reset", "connection closed by", "kex_exchange_identification", "banner exchange", "host is down", "closed by remote host",
)  # fmt: skip


def unconnected(said: str, address: Address) -> WireError:
    """The error that ssh's words for a connection which was not made stand for."""
    low = said.lower()
    words = _telling(said) or "ssh ended without a word"
    if _CHANGED in low:
        hint = f"if the board was set up anew: ssh-keygen -R '{_known_as(address)}', then {address.typed}"
        return LoginRefused(f"ssh:{address}: its host key is not the one that is known", hint=hint, serial=str(address), command="ssh", stderr=said)
    if any(word in low for word in _UNKNOWN):
        hint = f"{address.typed}     once; compare the fingerprint with the board's own (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub there), then say yes"
        return LoginRefused(f"ssh:{address}: its host key is not known here: {words}", hint=hint, serial=str(address), command="ssh", stderr=said)
    if any(word in low for word in _DENIED):
        hint = f"{address.typed.replace('ssh', 'ssh-copy-id', 1)}     so that `{address.typed} true` asks nothing; a key with a passphrase needs ssh-add"
        return LoginRefused(f"ssh:{address}: {words}", hint=hint, serial=str(address), command="ssh", stderr=said)
    if any(word in low for word in _SETTINGS):
        return LoginRefused(f"ssh:{address}: {words}", hint="mend ~/.ssh/config", serial=str(address), command="ssh", stderr=said)
    kind = PhoneUnusable if any(word in low for word in _AWAY) else WireCut
    return kind(f"ssh:{address}: {words}", hint=f"{address.typed} true     must ask nothing and succeed", serial=str(address), command="ssh", stderr=said)


def failure(said: str, address: Address, *, command: str, exit_status: int | None = None) -> WireError:
    """The error that words of a command there stand for."""
    words = first_line(said)
    if any(word in said.lower() for word in _FULL):
        message, hint = f"ssh:{address}: no space left on it ({first_line(command):.60})", "free some space on it, then run … --resume last goes on"
        return PhoneFull(message, hint=hint, serial=str(address), command=command, stderr=said, exit_status=exit_status)
    message = f"ssh:{address}: {first_line(command):.120}: {words or 'failed without a word'}"
    return CommandFailed(message, serial=str(address), command=command, stderr=said, exit_status=exit_status)


def _telling(said: str) -> str:
    """The last line that says something, at most 300 characters: what comes before it are warnings and banners."""
    return next((line.strip() for line in reversed(said.splitlines()) if line.strip(" @\t\r")), "")[:300]


def _known_as(address: Address) -> str:
    """How ``known_hosts`` names it."""
    return f"[{address.host}]:{address.port}" if address.port else address.host
