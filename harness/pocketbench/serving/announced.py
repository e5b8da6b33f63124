"""What a service says of itself, found in the beginning of its report."""

import time
from collections.abc import Callable

from pocketbench import protocol
from pocketbench.protocol import Order, Serving

LOOK_EVERY_S = 0.02


def announced(report: bytes, order: Order) -> Serving | None:
    """The line that says where a service listens; None while there is none. Raises ProtocolError for what is no report of this order."""
    begun = report[: report.rfind(b"\n") + 1]
    return protocol.read_report(begun, order).serving if begun else None


def await_announced(report: Callable[[], bytes], over: Callable[[], bool], order: Order, until: float, *, every_s: float = LOOK_EVERY_S) -> Serving | None:
    """Look every so many seconds until a service listens; None where its runner is ``over`` before that, or it is late. Raises ProtocolError."""
    while time.monotonic() < until:
        ended = over()
        if (found := announced(report(), order)) or ended:
            return found
        time.sleep(every_s)
    return None
