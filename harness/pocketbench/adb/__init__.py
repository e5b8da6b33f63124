"""The wire to phones and boards: the user's adb server, spoken to through adbutils, and the adb program for what is large.

    Server ──seen──▶ Seen (serial, state, why it cannot be used)
    Server ──phone─▶ Phone ── shell, read, properties, log ─▶ Said
                           ── transfer: push, pull, hashes · packages: install, uninstall · ports: forward, reverse

The transport is dumb: it knows no orders and no runs. Every call has a deadline for all of it, and ends either with what was
asked for, whole, or with one of the errors under :class:`pocketbench.errors.WireError`; never with a part of an answer.
What a phone says is untrusted: bounded here, read by the pure functions of :mod:`pocketbench.adb.readings`.

adbutils 2.12.0 is taken for what it knows of the protocol, and kept from what it does by itself: its time limits are for one read
(here: for the whole call, :mod:`wire`), its first shell returns what came before a cable was pulled (here: shell v2 alone),
its push is 2 to 3 times slower than adb's (here: :mod:`transfer` starts adb itself), and it starts servers on another port.
"""

from pocketbench.adb.phone import Phone
from pocketbench.adb.seen import Seen
from pocketbench.adb.server import Server
from pocketbench.remote.answers import Said

__all__ = ["Phone", "Said", "Seen", "Server"]
