"""The wire to phones and boards: the user's adb server, spoken to through adbutils, and the adb program for what is large.

    Server ──seen──▶ Seen (serial, state, why it cannot be used)
    Server ──phone─▶ Phone ── shell, read, properties, log ─▶ Said
                           ── packages: install, uninstall · ports: forward, reverse · restart

A Phone is a :class:`pocketbench.remote.Remote`, whose promises it keeps; files and hashes are that package's.

adbutils 2.12.0 is taken for what it knows of the protocol, and kept from what it does by itself: its time limits are for one read
(here: for the whole call, :mod:`wire`), its first shell returns what came before a cable was pulled (here: shell v2 alone),
its push is 2 to 3 times slower than adb's (here: :mod:`shown` starts adb itself), and it starts servers on another port.
"""

from pocketbench.adb.phone import Phone
from pocketbench.adb.seen import Seen
from pocketbench.adb.server import Server
from pocketbench.remote.answers import Said

__all__ = ["Phone", "Said", "Seen", "Server"]
