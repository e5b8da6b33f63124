"""The computer that the harness runs on, as a device: the same runner, a process of its own for each order."""

import os
import platform
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from pocketbench import assets, environments, pages, protocol, vulkan
from pocketbench.devices import DEVICES, Ask, Carried, Facts
from pocketbench.errors import DeviceError, DeviceSilent
from pocketbench.model import Refusal
from pocketbench.parts import vulkan_loader
from pocketbench.serving import await_announced

LOG = "runner-log.txt"
LOG_TAIL_BYTES = 16 * 1024
CONNECT_S = 10.0
# What a service of which nothing is wanted any more has to end by itself.
END_S = 2.0


class Host:
    """The computer that the harness runs on."""

    name = "host"
    kind = "host"
    runners = ("python", "node")
    # Python is here; what an engine needs besides is its own.
    lacking: Refusal | None = None

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def facts(self) -> Facts:
        """Processor name, cores, memory in bytes, system, Python, Vulkan drivers ("" where there are none)."""
        import psutil

        return {
            "processor": _processor(),
            "architecture": platform.machine(),
            "cores": os.cpu_count() or 0,
            "memory_bytes": psutil.virtual_memory().total,
            "system": f"{platform.system()} {platform.release()}",
            "python": platform.python_version(),
            "vulkan": ", ".join(vulkan.drivers(os.environ, loader=vulkan_loader.present())),
        }

    def conditions(self) -> Facts:
        """Load average over one minute, free memory in bytes, frequency in MHz, governor and temperature in °C where they can be read."""
        import psutil

        frequency = psutil.cpu_freq() if hasattr(psutil, "cpu_freq") else None
        temperatures = [sensor.current for sensors in _temperatures().values() for sensor in sensors]
        return {
            "load_1min": round(os.getloadavg()[0], 2),
            "available_bytes": psutil.virtual_memory().available,
            **({"frequency_mhz": round(frequency.current)} if frequency else {}),
            **({"governor": governor} if (governor := _governor()) else {}),
            **({"temperature_celsius": round(max(temperatures), 1)} if temperatures else {}),
        }

    def carry(self, order: protocol.Order, folder: Path, deadline_s: float, *, environment: str = "", runner: str = "python") -> Carried:
        """Run a runner on ``folder`` and return its report. Raises DeviceSilent after ``deadline_s`` seconds, ToolchainMissing.

        ``environment`` names the one whose Python runs it, else the harness's own does; Node.js is that of the page.
        """
        with self._started(order, folder, environment, runner) as process:
            code = _waited(process, order, folder, deadline_s)
        return Carried(_bounded(folder / protocol.REPORT), _ended(code), _tail(folder / LOG))

    def serve(self, order: protocol.Order, folder: Path, deadline_s: float, ask: Ask, *, environment: str = "", runner: str = "python") -> Carried:
        """Run a runner that is a service, and ask it from this process. Raises DeviceSilent, ToolchainMissing, ProtocolError."""
        until = time.monotonic() + deadline_s
        with self._started(order, folder, environment, runner) as process:
            report, over = (lambda: _read(folder / protocol.REPORT)), (lambda: process.poll() is not None)
            serving = await_announced(report, over, order, until)
            if serving and not ask(serving, lambda: socket.create_connection(("127.0.0.1", serving.port), CONNECT_S)):
                until = time.monotonic() + END_S
            code = _waited(process, order, folder, max(0.0, until - time.monotonic()))
        return Carried(_bounded(folder / protocol.REPORT), _ended(code), _tail(folder / LOG))

    @contextmanager
    def _started(self, order: protocol.Order, folder: Path, environment: str, runner: str) -> "Iterator[subprocess.Popen[bytes]]":
        """Start a runner on an order; it is ended with the block. Raises ToolchainMissing."""
        words = _node() if runner == "node" else _python(environment)
        protocol.write_order(order, folder)
        with (folder / LOG).open("wb") as log:
            process = subprocess.Popen(
                [*words, str(folder)],
                env=_variables(order, environment),
                stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
            self._process = process
            try:
                yield process
            finally:
                _end(process)

    def give_up(self) -> None:
        """End the runner that is at work."""
        if self._process is not None and self._process.returncode is None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)


class _HostKind:
    """``--device host``."""

    name = "host"

    def list(self) -> tuple[Host, ...]:
        """There is always this one."""
        return (Host(),)

    def open(self, which: str) -> Host:
        """There is one host; anything after ``host:`` is a mistake."""
        if which:
            raise DeviceError(f"host takes no name, got {which!r}", hint="write --device host")
        return Host()


DEVICES.add(_HostKind())


def _waited(process: "subprocess.Popen[bytes]", order: protocol.Order, folder: Path, seconds: float) -> int:
    """Wait for a runner; its exit code. Raises DeviceSilent."""
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise DeviceSilent(f"host: no last line of order {order.order} within {seconds:g} s", log=_tail(folder / LOG)) from None


def _python(environment: str) -> list[str]:
    """How the Python runner is started. Raises ToolchainMissing."""
    program = str(environments.python_of(environment)) if environment else sys.executable
    return [program, str(assets.find("device_scripts") / "runner.py")]


def _node() -> list[str]:
    """How the page's modules are run by Node.js; its garbage can be collected before samples are taken. Raises ToolchainMissing."""
    return [pages.node(), "--expose-gc", str(assets.find("device_scripts") / "web" / "node" / "order.mjs"), str(pages.folder())]


def _variables(order: protocol.Order, environment: str) -> dict[str, str]:
    """The runner's environment variables. What brings this Python's packages to others must not bring them to an environment of its own."""
    kept = {name: value for name, value in os.environ.items() if not (environment and name in ("PYTHONPATH", "PYTHONHOME"))}
    return kept | ({} if order.accelerator == "cpu" else dict(vulkan.environment(os.environ)))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the runner and all it started."""
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _bounded(report: Path) -> str:
    """A report's text."""
    return _read(report).decode("utf-8", errors="replace")


def _read(report: Path) -> bytes:
    """Read a report, no more of it than a report may have."""
    if not report.exists():
        return b""
    with report.open("rb") as file:
        return file.read(protocol.MAX_REPORT_BYTES + 1)


def _tail(log: Path) -> str:
    """Read the end of a log."""
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - LOG_TAIL_BYTES))
        return file.read().decode("utf-8", errors="replace")


def _ended(code: int) -> str:
    """Say how a process ended: by its exit code or by the name of a signal."""
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit code {code}"


def _processor() -> str:
    """The processor's own name, from /proc/cpuinfo where there is one."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.processor())


def _governor() -> str:
    """The frequency governor of the first core, "" where the system shows none."""
    try:
        return Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _temperatures() -> dict[str, list[Any]]:
    """The sensors that psutil finds."""
    import psutil

    return psutil.sensors_temperatures() if hasattr(psutil, "sensors_temperatures") else {}
