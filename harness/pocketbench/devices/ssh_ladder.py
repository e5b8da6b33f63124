"""A board that stopped answering is called again until it answers: a network that comes back, a board that has restarted by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event

from pocketbench.devices import answering
from pocketbench.errors import WireError
from pocketbench.ssh import Board

# A board needs about a minute to restart.
WAIT_S = 90.0
SOON_S = 10.0
ANSWER_S = 10.0


@dataclass(frozen=True, slots=True)
class Ladder:
    """How a board is brought back. ``tell`` hears of waiting; ``given_up`` ends it at once. Nobody restarts a board from here: that needs its root."""

    board: Board
    tell: Callable[[str], None]
    given_up: Event
    may_restart: bool = False

    def climb(self) -> bool:
        """Call it until it answers; whether it does."""
        if answering.within(SOON_S, self._answers, self.given_up):
            return True
        if self.given_up.is_set():
            return False
        self.tell(f"does not answer: calling it for {WAIT_S:g} s")
        return answering.within(WAIT_S, self._answers, self.given_up)

    def _answers(self) -> bool:
        """Whether a command comes back; a connection on which none does is given up for another."""
        try:
            return self.board.shell("echo here", deadline_s=ANSWER_S).stdout == "here\n"
        except WireError:
            if not self.given_up.is_set():
                self.board.hang_up()
            return False
