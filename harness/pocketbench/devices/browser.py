"""A Chromium on the computer that the harness runs on, as a device: a fresh one with one page for each order."""

import functools
import importlib.util
import threading
from collections.abc import Callable
from pathlib import Path

from pocketbench import pages, parts, protocol, toolchains
from pocketbench.browser import probe
from pocketbench.browser.server import serve
from pocketbench.browser.site import Site
from pocketbench.browser.window import Chromium, opened
from pocketbench.devices import DEVICES, Carried, Facts
from pocketbench.devices.host import LOG, Host
from pocketbench.errors import DeviceError, DeviceSilent, PocketbenchError, ToolchainMissing
from pocketbench.model import Refusal
from pocketbench.parts import chromium
from pocketbench.protocol import Order

LANE = "tfjs"
COMPUTER = ("processor", "architecture", "cores", "memory_bytes", "system")
REPORTED = "the page has said its last line"


def page() -> Path:
    """The folder of the page that carries out orders, made on demand. Raises ToolchainMissing."""
    return pages.folder()


class Browser:
    """A Chromium here. ``page`` gives the folder of the page that it opens, ``program`` the browser itself, None where there is none."""

    name = "browser"
    kind = "browser"
    runners = ("web",)

    def __init__(self, page: Callable[[], Path] = page, program: Callable[[], Path | None] = chromium.program) -> None:
        self._page = page
        self._program = program
        self._over = threading.Event()

    def facts(self) -> Facts:
        """What this computer and the browser are: its version, the names of what carries WebGL and WebGPU ("" where there is none), isolation, clock step.

        Of a browser that is missing or does not start, ``browser`` is "" and ``missing`` says why.
        """
        computer = Host().facts()
        found = self._found()
        shared = {name: computer[name] for name in COMPUTER}
        if isinstance(found, PocketbenchError):
            return {**shared, "browser": "", "missing": " ".join(filter(None, (found.message, found.hint)))}
        seen = found.seen
        return {
            **shared, "browser": seen.browser, "webgl": seen.webgl, "webgpu": seen.webgpu,
            "cross_origin_isolated": "yes" if seen.isolated else "no", "clock_step_ns": seen.clock_step_ns,
        }  # fmt: skip

    def conditions(self) -> Facts:
        """How this computer is right now, as of the host."""
        return Host().conditions()

    @property
    def absent(self) -> Refusal | None:
        """Why there is no browser here: none is installed, or it does not start; None where one showed a page."""
        found = self._found()
        if isinstance(found, ToolchainMissing):
            return Refusal("admit", "toolchain-missing", found.message, found.hint)
        if isinstance(found, PocketbenchError):
            return Refusal("admit", "device-lost", found.message, found.hint)
        return None

    @functools.cached_property
    def lacking(self) -> Refusal | None:
        """Why no order can be carried out here: no browser, or no page for it; None where all is there, or was made now."""
        if self.absent:
            return self.absent
        try:
            self._page()
        except ToolchainMissing as error:
            return Refusal("admit", "toolchain-missing", error.message, error.hint)
        return None

    def carry(self, order: Order, folder: Path, deadline_s: float, *, environment: str = "", runner: str = "python") -> Carried:  # noqa: ARG002 - of the Python runner
        """Open the page in a fresh browser and return its report. Raises DeviceSilent after ``deadline_s`` seconds, ToolchainMissing, DeviceError."""
        found = self._found()
        if isinstance(found, PocketbenchError):
            raise found
        protocol.write_order(order, folder)
        self._over = over = threading.Event()
        reported = threading.Event()

        def heard() -> None:
            reported.set()
            over.set()

        site = Site(self._page(), order, folder, heard)
        started = Chromium(self._required(), found.arguments(order.accelerator))
        with serve(site) as url, opened(f"{url}page/index.html#go", started, folder / LOG, over) as window:
            in_time = over.wait(deadline_s)
        log = "\n".join((window.log, *(f"server: {denied}" for denied in site.denied)))
        if not in_time:
            raise DeviceSilent(f"browser: no last line of order {order.order} within {deadline_s:g} s", log=log)
        return Carried(_read(folder / protocol.REPORT), REPORTED if reported.is_set() else window.ended, log)

    def give_up(self) -> None:
        """End the browser that is at work."""
        self._over.set()

    def _found(self) -> probe.Found | PocketbenchError:
        """The browser as it was seen, or why there is none."""
        try:
            return probe.find(self._required())
        except ToolchainMissing as error:
            return error

    def _required(self) -> Path:
        """The browser's program. Raises ToolchainMissing."""
        if importlib.util.find_spec("playwright") is None:
            raise ToolchainMissing("what starts a browser is not installed: no playwright", hint=toolchains.line_to_type(LANE))
        program = self._program()
        if program is None:
            raise ToolchainMissing(f"there is no Chromium here: {parts.PARTS.get('chromium').purpose}", hint="pocketbench doctor --install")
        return program


class _BrowserKind:
    """``--device browser``."""

    name = "browser"

    def list(self) -> tuple[Browser, ...]:
        """There is one, whose facts say what it lacks."""
        return (Browser(),)

    def open(self, which: str) -> Browser:
        """There is one browser; anything after ``browser:`` is a mistake."""
        if which:
            raise DeviceError(f"browser takes no name, got {which!r}", hint="write --device browser")
        return Browser()


DEVICES.add(_BrowserKind())


def _read(report: Path) -> str:
    """Read a report, whose size the server has bounded."""
    return report.read_text(encoding="utf-8", errors="replace") if report.exists() else ""
