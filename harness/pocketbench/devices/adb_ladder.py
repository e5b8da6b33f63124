"""A device that stopped answering is brought back, one rung after another: wait, reconnect, restart where that is allowed. Only what is ours is touched."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from threading import Event

from pocketbench.adb import Phone, binary, restart
from pocketbench.devices import answering
from pocketbench.errors import WireError

ANSWER_S = 6.0
WAIT_S = 10.0
RECONNECT_S = 20.0
RESTART_S = 240.0


@dataclass(frozen=True, slots=True)
class Ladder:
    """How a phone is brought back. ``tell`` hears of each rung; ``given_up`` ends the climbing at once."""

    phone: Phone
    tell: Callable[[str], None]
    given_up: Event
    may_restart: bool = False

    def climb(self) -> bool:
        """Try one rung after another until the phone answers; whether it does."""
        return any(rung() for rung in (self._wait, self._reconnect, self._restart))

    def _wait(self) -> bool:
        """It may come back by itself: a cable that is put in again, a server that reconnects."""
        return answering.within(WAIT_S, self._answers, self.given_up)

    def _reconnect(self) -> bool:
        """Let adb make its connection anew."""
        if self.given_up.is_set():
            return False
        self.tell("does not answer: reconnecting")
        with suppress(WireError):
            binary.run([*self.phone.server.words, "-s", self.phone.serial, "reconnect"], deadline_s=ANSWER_S, serial=self.phone.serial)
        return answering.within(RECONNECT_S, self._answers, self.given_up)

    def _restart(self) -> bool:
        """Restart it, where the user allows that."""
        if self.given_up.is_set() or not self.may_restart:
            return False
        self.tell("does not answer: restarting it")
        try:
            restart.restart(self.phone, RESTART_S)
        except WireError:
            return False
        return answering.within(WAIT_S, self._answers, self.given_up)

    def _answers(self) -> bool:
        """Whether a command comes back; a server of adb that was ended is started again first, and one in the network that it has lost is attached."""
        try:
            self.phone.server.start()
            if ":" in self.phone.serial and not self.phone.server.of(self.phone.serial).about:
                self.phone.server.connect(self.phone.serial)
            return self.phone.shell("echo here", deadline_s=ANSWER_S).stdout == "here\n"
        except WireError:
            return False
