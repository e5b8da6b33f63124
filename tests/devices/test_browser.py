"""The browser as a device, with a page that doubles numbers, or does something else than its duty."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil
import pytest

from pocketbench import devices, protocol
from pocketbench.browser import flags, probe
from pocketbench.browser.ending import given
from pocketbench.browser.probe import Found, Seen
from pocketbench.devices.browser import REPORTED, Browser
from pocketbench.devices.host import Host
from pocketbench.errors import DeviceError, DeviceSilent, ProtocolError
from pocketbench.protocol import Order, TensorFile

STUB = Path(__file__).parent / "stub_page"
X, Y = TensorFile("x", "input0.bin", (1, 4), "float32"), TensorFile("y", "output0.bin", (1, 4), "float32")
LONG_S = 60.0
SOFTWARE, NVIDIA = "ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device), SwiftShader driver)", "ANGLE (NVIDIA, Vulkan 1.3.0 (NVIDIA H100))"

needs_browser = pytest.mark.needs_part("chromium")


def order(fault: str = "") -> Order:
    """An order for the outputs of three rows; the stub commits the ``fault``."""
    return Order(protocol.PROTOCOL, "order-1", "outputs", "tfjs", "model", "wasm", 1, {"fault": fault} if fault else {}, 3, (X,), (Y,))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An order's folder with its input."""
    np.arange(12, dtype=np.float32).tofile(tmp_path / X.file)
    return tmp_path


@pytest.fixture
def left(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], tuple[list[str], list[str]]]]:
    """What browsers left behind: files, and the command lines of processes."""
    with tempfile.TemporaryDirectory(prefix="pb-", dir="/tmp") as place:
        monkeypatch.setattr(tempfile, "tempdir", place)
        yield lambda: ([path.name for path in Path(place).iterdir()], [" ".join(process.cmdline()) for process in _alive(Path(place))])


def _alive(place: Path) -> list[psutil.Process]:
    """The processes that have a place on their command line."""
    return [process for process in given(place) if process.status() != psutil.STATUS_ZOMBIE]


def soon(true: Callable[[], object], seconds: float = 20.0) -> bool:
    """Whether something becomes true in time."""
    until = time.monotonic() + seconds
    while not true() and time.monotonic() < until:
        time.sleep(0.02)
    return bool(true())


def killing(kind: str, folder: Path) -> threading.Thread:
    """Kill the browser's processes of a kind ("": the browser itself) as soon as the page has said hello."""

    def kill() -> None:
        soon((folder / protocol.REPORT).exists)
        for process in given(Path(tempfile.gettempdir())):
            with contextlib.suppress(psutil.NoSuchProcess):  # those of a browser that is killed end by themselves
                words = process.cmdline()
                if kind in " ".join(words) if kind else not any(word.startswith("--type=") for word in words):
                    process.kill()

    thread = threading.Thread(target=kill)
    thread.start()
    return thread


def test_the_browser_is_found_by_name() -> None:
    """``--device browser``."""
    browser = devices.find("browser")

    assert (browser.name, browser.kind, browser.runners) == ("browser", "browser", ("web",))


def test_a_name_after_browser_is_a_mistake() -> None:
    """There is only one."""
    with pytest.raises(DeviceError, match="browser takes no name, got 'firefox'"):
        devices.find("browser:firefox")


def test_without_chromium_the_jobs_are_skips_that_say_what_to_type() -> None:
    """And the device is still listed, with what it lacks."""
    browser = Browser(page=lambda: STUB, program=lambda: None)

    assert browser.lacking is not None
    assert (browser.lacking.stage, browser.lacking.reason, browser.lacking.hint) == ("admit", "toolchain-missing", "pocketbench doctor --install")
    assert browser.facts()["browser"] == ""
    assert "there is no Chromium here" in str(browser.facts()["missing"])
    assert "webgl" not in browser.facts()


def test_its_conditions_are_this_computers() -> None:
    """It runs here."""
    assert Browser().conditions().keys() == Host().conditions().keys()


@pytest.mark.parametrize(("accelerator", "by"), [("cpu", flags.PROCESSOR), ("wasm", flags.PROCESSOR), ("webgl", ("--a",)), ("webgpu", ("--b",))])
def test_each_accelerator_has_the_arguments_with_which_it_was_seen(accelerator: str, by: tuple[str, ...]) -> None:
    """And nothing outside this computer has a name."""
    found = Found(Seen("Chromium 1", SOFTWARE, "", True, 5000), ("--a",), ("--b",))

    assert found.arguments(accelerator) == (*flags.ALWAYS, *by)
    assert "--no-sandbox" not in found.arguments(accelerator)


@pytest.mark.parametrize(
    ("hard", "names", "by"),
    [
        (None, (SOFTWARE, "swiftshader"), (flags.SOFTWARE, flags.SOFTWARE)),
        ((NVIDIA, "nvidia hopper"), (NVIDIA, "nvidia hopper"), (flags.HARDWARE, flags.HARDWARE)),
        ((NVIDIA, ""), (NVIDIA, "swiftshader"), (flags.HARDWARE, flags.SOFTWARE)),
        (("", "nvidia hopper"), (SOFTWARE, "nvidia hopper"), (flags.SOFTWARE, flags.HARDWARE)),
        (("llvmpipe (LLVM 15)", ""), (SOFTWARE, "swiftshader"), (flags.SOFTWARE, flags.SOFTWARE)),
    ],
)
def test_what_a_gpu_was_seen_not_to_carry_software_carries(
    hard: tuple[str, str] | None, names: tuple[str, str], by: tuple[tuple[str, ...], tuple[str, ...]]
) -> None:
    """Whatever files of drivers there are."""
    soft = Seen("Chromium 1", SOFTWARE, "swiftshader", True, 5000)

    found = probe._mixed(Seen("Chromium 1", *hard, True, 5000) if hard else None, soft)

    assert (found.seen.webgl, found.seen.webgpu) == names
    assert (found.webgl, found.webgpu) == by


def test_gpus_are_looked_for_by_their_drivers_files(tmp_path: Path) -> None:
    """A control node alone is no GPU."""
    (tmp_path / "dri").mkdir()
    for name in ("nvidiactl", "dri/card0"):
        (tmp_path / name).touch()
    assert list(flags.gpus(tmp_path)) == []
    (tmp_path / "dri/renderD128").touch()
    assert list(flags.gpus(tmp_path)) == [tmp_path / "dri/renderD128"]


@pytest.mark.slow
def test_a_chromium_that_does_not_start_is_lacking_and_says_so(tmp_path: Path) -> None:
    """As one without its libraries, or for want of a sandbox."""
    broken = tmp_path / "chromium"
    broken.write_text("#!/bin/sh\necho 'No usable sandbox!' >&2\nexit 1\n", encoding="utf-8")
    broken.chmod(0o755)
    browser = Browser(page=lambda: STUB, program=lambda: broken)

    assert browser.lacking is not None
    assert browser.lacking.reason == "device-lost"
    assert "No usable sandbox!" in browser.lacking.message
    assert browser.facts()["browser"] == ""


@pytest.mark.slow
@needs_browser
def test_facts_are_what_a_page_saw() -> None:
    """The version, who draws and computes, a page that is isolated and a clock that steps by 5 µs because of it."""
    facts = Browser().facts()

    assert str(facts["browser"]).startswith(("Chromium ", "Google Chrome "))
    assert facts["webgl"]
    assert type(facts["webgpu"]) is str
    assert facts["cross_origin_isolated"] == "yes"
    assert 1000 <= int(facts["clock_step_ns"]) <= 10_000
    assert facts["memory_bytes"] == psutil.virtual_memory().total
    assert {type(value) for value in facts.values()} <= {str, int}


@pytest.mark.slow
@needs_browser
def test_a_page_carries_out_an_order_and_nothing_is_left(folder: Path, left: Callable[[], tuple[list[str], list[str]]]) -> None:
    """Outputs lie in the folder, the report is whole, what the page said is in the log; no file and no process remains."""
    carried = Browser(page=lambda: STUB).carry(order(), folder, LONG_S)

    report = protocol.read_report(carried.report, order())
    assert report.end == protocol.Done()
    assert report.hello.runner == "web"
    assert np.fromfile(folder / Y.file, np.float32).tolist() == [2.0 * value for value in range(12)]
    assert carried.ended == REPORTED
    assert "console.log: fault: none" in carried.log
    assert left() == ([], [])


@pytest.mark.slow
@needs_browser
def test_a_page_that_goes_elsewhere_ends_its_order_and_the_next_one_goes_on(folder: Path, left: Callable[[], tuple[list[str], list[str]]]) -> None:
    """What it said until then is kept."""
    browser = Browser(page=lambda: STUB)

    carried = browser.carry(order("leave"), folder, LONG_S)

    assert carried.ended == "the page went elsewhere"
    assert protocol.read_report(carried.report, order()).end is None
    assert left() == ([], [])
    assert browser.carry(order(), folder, LONG_S).ended == REPORTED


@pytest.mark.slow
@needs_browser
@pytest.mark.parametrize(("kind", "ended"), [("--type=renderer", "the page crashed"), ("", "the browser ended")])
def test_a_page_that_crashes_and_a_browser_that_dies_end_their_order(
    kind: str, ended: str, folder: Path, left: Callable[[], tuple[list[str], list[str]]]
) -> None:
    """As for want of memory."""
    Browser(page=lambda: STUB).facts()  # the browser is known, and no other one is started meanwhile
    killer = killing(kind, folder)

    carried = Browser(page=lambda: STUB).carry(order("silent"), folder, LONG_S)
    killer.join()

    assert carried.ended == ended
    assert protocol.read_report(carried.report, order()).end is None
    assert left() == ([], [])


@pytest.mark.slow
@needs_browser
def test_a_page_that_never_answers_is_ended_at_the_deadline(folder: Path, left: Callable[[], tuple[list[str], list[str]]]) -> None:
    """With what it said until then."""
    with pytest.raises(DeviceSilent, match="browser: no last line of order order-1 within 4 s") as silent:
        Browser(page=lambda: STUB).carry(order("silent"), folder, 4)

    assert "console.log: fault: silent" in silent.value.log
    assert left() == ([], [])


@pytest.mark.slow
@needs_browser
@pytest.mark.parametrize(("fault", "why"), [("garbled", "line 2 of the report is not of the protocol"), ("other", "the report answers order 'order-0'")])
def test_a_report_that_is_garbled_or_another_orders_is_refused(fault: str, why: str, folder: Path) -> None:
    """As of any runner."""
    carried = Browser(page=lambda: STUB).carry(order(fault), folder, LONG_S)

    with pytest.raises(ProtocolError, match=why):
        protocol.read_report(carried.report, order())


@pytest.mark.slow
@needs_browser
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_a_harness_that_is_interrupted_or_killed_leaves_no_browser(number: int, folder: Path, left: Callable[[], tuple[list[str], list[str]]]) -> None:
    """Ctrl-C, an end that is asked for, and one that nobody can answer."""
    place = Path(tempfile.gettempdir())
    program = (
        "import signal, sys; from pathlib import Path; from test_browser import STUB, order; from pocketbench.devices.browser import Browser; "
        "signal.signal(signal.SIGTERM, lambda *_: sys.exit(143)); Browser(page=lambda: STUB).carry(order('silent'), Path(sys.argv[1]), 60)"
    )
    path = os.pathsep.join((str(Path(__file__).parent), os.environ.get("PYTHONPATH", "")))
    variables = {**os.environ, "TMPDIR": str(place), "PYTHONPATH": path}
    harness = subprocess.Popen([sys.executable, "-c", program, str(folder)], env=variables, stderr=subprocess.DEVNULL)
    assert soon((folder / protocol.REPORT).exists)
    assert _alive(place)

    harness.send_signal(number)
    harness.wait(20)

    assert soon(lambda: not _alive(place))
    assert number == signal.SIGKILL or left() == ([], [])
