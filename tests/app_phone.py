"""The Android app on a simulated phone, and the smallest orders for it."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import doubling
import far_end
from doubling import WIDE
from far_end import FarEnd
from pocketbench import devices, events, protocol
from pocketbench.adb import Server
from pocketbench.devices import CarriesApp
from pocketbench.devices.adb import AdbDevice
from pocketbench.devices.adb_app_order import BASE
from pocketbench.parts import PARTS
from pocketbench.protocol import Order, Phase, Report

# A timing order that is still at it when something befalls it.
LONG = (Phase("load"), Phase("steady", min_runs=1, max_ns=60 * 10**9))


@dataclass(frozen=True)
class AppPhone:
    """A phone that has the app."""

    far: FarEnd
    device: AdbDevice

    def carry(self, order: Order, folder: Path, deadline_s: float = 90.0) -> Report:
        """Carry an order out by the app; the report, whose outputs lie in the folder."""
        return protocol.read_report(self.device.carry(order, folder, deadline_s, runner="app").report, order)

    def once_begun(self, asked: Order, befall: Callable[[], object]) -> threading.Thread:
        """Do something as soon as the app is at an order, however long it took to come there; the order's name must be one that no other had."""

        def wait() -> None:
            until = time.monotonic() + 60
            while self.far.phone.shell(f"grep -q {asked.order} {BASE}/*/report.jsonl", deadline_s=20).exit_code and time.monotonic() < until:
                time.sleep(0.2)
            befall()

        thread = threading.Thread(target=wait)
        thread.start()
        return thread


@contextmanager
def with_app(server: Server, apk: Path, profile: str, serial: str) -> Iterator[AppPhone]:
    """A simulated phone with the app on it."""
    with far_end.started(server, profile, "--serial", serial) as far:
        device = devices.find(f"adb:{serial}")
        assert isinstance(device, AdbDevice)
        with device.held(events.unheard):
            bring(device, apk, keep=True)
            yield AppPhone(far, device)


def bring(device: CarriesApp, apk: Path, *, keep: bool = False) -> None:
    """Have the app there. A simulated phone that does not take it is a fault; one that was named for the tests may be a board, and they are skipped."""
    if refused := device.bring(apk, keep=keep):
        (pytest.skip if os.environ.get(far_end.VARIABLE) else pytest.fail)(f"{refused.message} {refused.hint}")


def without(driver: str) -> None:
    """End a test for want of a driver: skipped where this computer has none that a phone could be lent; where it has, the phone should have it, too."""
    needs = {"gles": ("mesa",), "opencl": ("pocl",), "vulkan": ("vulkan-loader", "swiftshader")}
    lent = all(PARTS.get(part).present() for part in needs[driver]) and far_end.VARIABLE not in os.environ
    (pytest.fail if lent else pytest.skip)(
        f"the phone has no {driver}, for which this computer has {'what it takes' if lent else 'nothing: pocketbench doctor'}"
    )


def order(kind: str = "outputs", phases: tuple[Phase, ...] = (), *, engine: str = "tflite", wide: int = WIDE) -> Order:
    """An order for the model that doubles."""
    return doubling.order(kind, phases, engine=engine, wide=wide, batch=1000)
