"""What a browser is and has: its version, what carries WebGL and WebGPU and with which arguments, how fine its clock is.

It is started once, and seen; where this computer has a GPU that does not carry both, once more with a driver in software.
"""

import functools
import tempfile
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

from pocketbench import protocol, trust
from pocketbench.browser import flags
from pocketbench.browser.server import serve
from pocketbench.browser.site import Site
from pocketbench.browser.window import Chromium, opened
from pocketbench.errors import DeviceError
from pocketbench.protocol import Order

PAGE = Path(__file__).parent / "probe_page"
DEADLINE_S = 60.0
NAME_LENGTH = 300
NOTHING = Order(protocol.PROTOCOL, "probe", "probe", "", "model", "", 1, {}, 0, (), ())


class Seen(msgspec.Struct, frozen=True):
    """What a page in the browser saw; ``webgl`` and ``webgpu`` name what carries them, "" where there is none."""

    browser: str
    webgl: str
    webgpu: str
    isolated: bool
    clock_step_ns: int


@dataclass(frozen=True, slots=True)
class Found:
    """A browser as it was seen, and the arguments with which WebGL and WebGPU are what they were seen to be."""

    seen: Seen
    webgl: Sequence[str]
    webgpu: Sequence[str]

    def arguments(self, accelerator: str) -> tuple[str, ...]:
        """Chromium's arguments for a job on an accelerator."""
        return (*flags.ALWAYS, *{"webgl": self.webgl, "webgpu": self.webgpu}.get(accelerator, flags.PROCESSOR))


@functools.cache
def find(program: Path) -> Found | DeviceError:
    """Start a browser and see; the error where it does not start or does not say. Once a process: what was found is told again."""
    try:
        hard = look(program, flags.HARDWARE) if any(flags.gpus()) else None
        if hard and _real(hard.webgl) and _real(hard.webgpu):
            return Found(hard, flags.HARDWARE, flags.HARDWARE)
        return _mixed(hard, look(program, flags.SOFTWARE))
    except DeviceError as error:
        return error


def look(program: Path, arguments: Sequence[str], deadline_s: float = DEADLINE_S) -> Seen:
    """Start a browser with some arguments and return what its page saw. Raises DeviceError, with what the browser printed."""
    over = threading.Event()
    with tempfile.TemporaryDirectory(prefix="pocketbench-") as folder:
        site = Site(PAGE, NOTHING, Path(folder), over.set)
        chromium = Chromium(program, (*flags.ALWAYS, *arguments))
        with serve(site) as url, opened(f"{url}page/index.html", chromium, Path(folder) / "log.txt", over) as window:
            over.wait(deadline_s)
        return _read(Path(folder) / protocol.REPORT, f"{program} showed no page: {window.ended}", f"{program} --headless --dump-dom about:blank", window.log)


def _read(report: Path, otherwise: str, hint: str, log: str) -> Seen:
    """Read what the page said. Raises DeviceError when it said nothing."""
    try:
        seen = msgspec.json.decode(report.read_bytes().partition(b"\n")[0], type=Seen)
    except (OSError, msgspec.MsgspecError, ValueError) as error:
        raise DeviceError(otherwise, hint=hint, log=log) from error
    short = {name: getattr(seen, name)[:NAME_LENGTH] for name in ("browser", "webgl", "webgpu")}
    return msgspec.structs.replace(seen, **short)


def _mixed(hard: Seen | None, soft: Seen) -> Found:
    """For each accelerator the GPU where it carries it, else what software carries."""
    webgl, webgpu = bool(hard and _real(hard.webgl)), bool(hard and _real(hard.webgpu))
    seen = msgspec.structs.replace(soft, webgl=hard.webgl if hard and webgl else soft.webgl, webgpu=hard.webgpu if hard and webgpu else soft.webgpu)
    return Found(seen, flags.HARDWARE if webgl else flags.SOFTWARE, flags.HARDWARE if webgpu else flags.SOFTWARE)


def _real(name: str) -> bool:
    """Whether a name is that of a GPU and not of a driver in software."""
    return bool(name) and not trust.emulated(name)
