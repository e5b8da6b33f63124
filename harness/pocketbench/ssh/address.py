"""Where a board is: what stands after ``ssh:``. Pure."""

import re
from dataclasses import dataclass

from pocketbench.errors import DeviceError

# None of them begins as an option of ssh does, and nothing in them is special to a shell.
_PLACE = re.compile(
    r"(?:(?P<user>[A-Za-z0-9_][A-Za-z0-9_.+-]{0,63})@)?(?:(?P<host>[A-Za-z0-9_][A-Za-z0-9_.-]{0,254})|\[(?P<ip>[0-9A-Fa-f:.]{2,45}(?:%[A-Za-z0-9_.-]{1,16})?)\])(?::(?P<port>[0-9]{1,5}))?"
)


@dataclass(frozen=True, slots=True)
class Address:
    """A host's name, also one of ``~/.ssh/config``; the user and the port where they are named, else they are ssh's to know."""

    host: str
    user: str = ""
    port: int = 0

    @classmethod
    def read(cls, which: str) -> "Address":
        """Read ``HOST``, ``USER@HOST``, ``USER@HOST:PORT`` or ``[IPV6]:PORT``. Raises DeviceError."""
        found = _PLACE.fullmatch(which)
        port = int(found["port"] or 0) if found else 0
        if found is None or port > 65535 or (found["port"] and not port):
            raise DeviceError(f"ssh:{which!r:.100}: no host is named so", hint="write --device ssh:HOST or ssh:USER@HOST:PORT")
        return cls(found["host"] or found["ip"], found["user"] or "", port)

    @property
    def words(self) -> list[str]:
        """It as the last words of ssh's command line before a command."""
        return [*(("-l", self.user) if self.user else ()), *(("-p", str(self.port)) if self.port else ()), "--", self.host]

    def __str__(self) -> str:
        """It as it is written after ``ssh:``."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (f"{self.user}@" if self.user else "") + host + (f":{self.port}" if self.port else "")

    @property
    def typed(self) -> str:
        """How a person goes there."""
        return " ".join(["ssh", *(("-p", str(self.port)) if self.port else ()), f"{self.user}@{self.host}" if self.user else self.host])
