"""Faults by name: what each means, what it takes, what it does. The command line, the control port and the document list the same."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from pocketbench.registry import Registry
from pocketbench.simulator.adb.auth import Owner
from pocketbench.simulator.quantities import positive, quantity
from pocketbench.simulator.state.battery import DISCHARGING
from pocketbench.simulator.state.phone import Phone
from pocketbench.simulator.world.storage import Storage

OFF = "off"


class Sufferer(Protocol):
    """The running phone, as faults reach for it."""

    phone: Phone
    owner: Owner
    storage: Storage

    def unplug(self) -> None:
        """Pull the cable."""

    def plug(self) -> None:
        """Put it in again."""

    def cut(self) -> None:
        """End every connection; the next is taken."""

    def cut_unheard(self) -> None:
        """End the connections that were never greeted, so that they are tried anew."""

    def decide(self, *, accepted: bool) -> int:
        """Answer for the owner to every key that is shown; how many there were."""

    def reboot(self, seconds: float | None = None) -> None:
        """Begin to reboot, and take so long."""

    def kill(self, name: str) -> int:
        """Kill the processes of a name; how many there were."""

    def serve(self, *, wanted: bool) -> None:
        """Start the server in Termux, or end it. Raises ValueError where there is no Termux."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault. ``takes`` names its value, "" for none; ``usual`` is the value when none is given, None where one must be."""

    name: str
    takes: str
    usual: str | None
    meaning: str
    apply: Callable[[Sufferer, str], object]

    @property
    def usage(self) -> str:
        """How it is written on the command line."""
        value = f"={self.takes}" if self.takes else ""
        return f"{self.name}[{value}]" if value and self.usual is not None else f"{self.name}{value}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """A fault to be: ``after`` so many seconds."""

    fault: Fault
    value: str
    after: float = 0.0

    def inflict(self, sufferer: Sufferer) -> object:
        """Do it. Raises ValueError for a value that it cannot be."""
        sufferer.phone.say("W", "simulator", f"fault {self.fault.name} {self.value}".rstrip())
        return self.fault.apply(sufferer, self.value)


FAULTS: Registry[Fault] = Registry("fault")


def parse(text: str) -> Wanted:
    """Read ``NAME[=VALUE][@SECONDS]``. Raises UnknownName and ValueError."""
    head, at, after = text.partition("@")
    name, equals, value = head.partition("=")
    return wanted(name.strip(), value.strip() if equals else None, quantity(after) if at else 0.0)


def wanted(name: str, value: str | None, after: float = 0.0) -> Wanted:
    """A fault of a name; the usual value where none is given. Raises UnknownName and ValueError."""
    fault = FAULTS.get(name)
    if value is None and fault.usual is None:
        raise ValueError(f"{name} needs a value: {fault.usage}")
    if value is not None and not fault.takes:
        raise ValueError(f"{name} takes no value")
    if not 0 <= after <= 1e6:
        raise ValueError("seconds are 0 to 1000000")
    return Wanted(fault, (fault.usual or "") if value is None else value, after)


def _add(name: str, takes: str, usual: str | None, meaning: str) -> Callable[[Callable[[Sufferer, str], object]], Callable[[Sufferer, str], object]]:
    """Register the function below as a fault."""

    def added(apply: Callable[[Sufferer, str], object]) -> Callable[[Sufferer, str], object]:
        FAULTS.add(Fault(name, takes, usual, meaning, apply))
        return apply

    return added


@_add("rate", "BYTES", None, "the cable carries so many bytes a second each way")
def _rate(sufferer: Sufferer, value: str) -> None:
    sufferer.phone.faults.rate = None if value == OFF else positive(value)


@_add("latency", "TIME", None, "each packet from the computer is looked at so much later")
def _latency(sufferer: Sufferer, value: str) -> None:
    sufferer.phone.faults.latency = 0.0 if value == OFF else positive(value)


@_add("drop_after", "BYTES", "0", "the connection is lost once, after so many more bytes of payload; the phone can be connected again at once")
def _drop_after(sufferer: Sufferer, value: str) -> None:
    sufferer.phone.faults.drop_after = None if value == OFF else max(0, int(quantity(value)))


@_add("wedge", "shell|all", "shell", "commands start and neither say anything nor end; or nothing at all is answered any more; a restart mends it")
def _wedge(sufferer: Sufferer, value: str) -> None:
    if value not in ("shell", "all", OFF):
        raise ValueError(f"wedge is shell, all or off, not {value[:40]!r}")
    sufferer.phone.faults.wedge = "shell" if value == "shell" else "all" if value == "all" else ""


@_add("full", "BYTES", "0", "the storage has only so many bytes left")
def _full(sufferer: Sufferer, value: str) -> None:
    sufferer.storage.fill(None if value == OFF else max(0, int(quantity(value))))


@_add("unplug", "", "", "the cable is pulled: connections are lost, none is taken, the battery discharges")
def _unplug(sufferer: Sufferer, _: str) -> None:
    sufferer.unplug()


@_add("plug", "", "", "the cable is put in again")
def _plug(sufferer: Sufferer, _: str) -> None:
    sufferer.plug()


@_add("unauthorized", "", "", "the owner revokes every computer's permission; the next connection asks")
def _unauthorized(sufferer: Sufferer, _: str) -> None:
    sufferer.owner.forget()
    sufferer.owner.mode = "ask"
    sufferer.cut()


@_add("allow", "", "", "the owner accepts the computer that asks, for good")
def _allow(sufferer: Sufferer, _: str) -> int:
    return sufferer.decide(accepted=True)


@_add("deny", "", "", "the owner refuses the computer that asks, and whichever asks later")
def _deny(sufferer: Sufferer, _: str) -> int:
    sufferer.owner.mode = "deny"
    return sufferer.decide(accepted=False)


@_add("offline", "off", "", "connections are taken and never greeted")
def _offline(sufferer: Sufferer, value: str) -> None:
    sufferer.phone.faults.offline = value != OFF
    sufferer.cut()


@_add("reboot", "SECONDS", "", "the phone restarts, and takes so long (the profile says how long it usually does)")
def _reboot(sufferer: Sufferer, value: str) -> None:
    sufferer.reboot(quantity(value) if value else None)


@_add("clock", "TIME", None, "the phone's time of day jumps; +1h is 3600s")
def _clock(sufferer: Sufferer, value: str) -> None:
    sufferer.phone.clock.jump = 0.0 if value == OFF else quantity(value)


@_add("hot", "CELSIUS", "46", "the skin is so warm, and every other sensor rises as much")
def _hot(sufferer: Sufferer, value: str) -> None:
    sufferer.phone.heat.hot = None if value == OFF else quantity(value)


@_add("throttled", "SHARE", "0.5", "frequencies are capped at this share, and the thermal status is at least severe")
def _throttled(sufferer: Sufferer, value: str) -> None:
    share = None if value == OFF else quantity(value)
    if share is not None and not 0 < share < 1:
        raise ValueError(f"a share is between 0 and 1, not {share}")
    sufferer.phone.heat.throttled = share


@_add("battery", "PERCENT", "5", "the battery is this low, and discharges")
def _battery(sufferer: Sufferer, value: str) -> None:
    held = sufferer.phone.battery
    if held is None:
        raise ValueError("this phone has no battery")
    if value == OFF:
        held.forced.clear()
    else:
        held.forced |= {"level": max(0, min(100, int(quantity(value)))), "status": DISCHARGING}


@_add("kill", "NAME", None, "the processes of this name, or pattern of names, are killed, as the kernel does when memory is short")
def _kill(sufferer: Sufferer, value: str) -> int:
    return sufferer.kill(value)


@_add("lock", "off", "", "the owner has a PIN and locks it; or types it, which after a restart lets everybody's files be read again")
def _lock(sufferer: Sufferer, value: str) -> None:
    keyguard = sufferer.phone.keyguard
    if value != OFF:
        keyguard.lock()
        return
    keyguard.unlock()
    sufferer.storage.seal(sealed=False)


@_add("termux", "off", "", "the owner starts the server in Termux again, where it does not run; or ends it")
def _termux(sufferer: Sufferer, value: str) -> None:
    sufferer.serve(wanted=value != OFF)


@_add("heal", "", "", "nothing is wrong any more; what was lost stays lost")
def _heal(sufferer: Sufferer, _: str) -> None:
    phone = sufferer.phone
    phone.faults.heal()
    phone.clock.jump, phone.heat.hot, phone.heat.throttled, phone.heat.overridden = 0.0, None, None, None
    if phone.battery:
        phone.battery.forced.clear()
    if sufferer.storage.total:
        sufferer.storage.fill(None)
    phone.keyguard.unlock()
    phone.keyguard.secure = phone.keyguard.usual
    sufferer.storage.seal(sealed=False)
    sufferer.owner.mode = sufferer.owner.usual
    sufferer.plug()
    sufferer.cut_unheard()
