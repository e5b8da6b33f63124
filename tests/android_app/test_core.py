"""The app's runner: its own tests on a JVM, and its reports read as the harness reads them."""

import json
import re
from pathlib import Path

import msgspec
import numpy as np
import pytest

from app_core import Core
from pocketbench import protocol
from pocketbench.protocol import Done, FailedOrder, Order, Phase, Report, TensorFile
from pocketbench.reasons import REASONS

pytestmark = pytest.mark.slow

ROWS = np.arange(12, dtype="<f4").reshape(3, 1, 4)
ORDER = Order(
    protocol=protocol.PROTOCOL, order="app-0", kind="outputs", engine="doubling", model="model.json", accelerator="cpu", threads=1, options={}, rows=len(ROWS),
    inputs=(TensorFile("x", "input0.bin", (1, 4), "float32"),), outputs=(TensorFile("y", "output0.bin", (1, 4), "float32"),),
)  # fmt: skip
MODEL = {"inputs": [{"name": "x", "shape": [1, 4], "dtype": "float32"}], "outputs": [{"name": "y", "shape": [1, 4], "dtype": "float32"}]}
PHASES = (Phase("load", min_runs=2), Phase("first"), Phase("warmup", min_runs=2, min_ns=2_000_000), Phase("steady", min_runs=3, max_runs=9))
ORDERS = {
    "outputs": ORDER,
    "timing": msgspec.structs.replace(ORDER, kind="timing", phases=PHASES, batch=16),
    "memory": msgspec.structs.replace(ORDER, kind="memory"),
    "serve": msgspec.structs.replace(ORDER, kind="serve", serve="socket", phases=(Phase("load"),)),
    "long": msgspec.structs.replace(ORDER, kind="timing", phases=(Phase("load"), Phase("steady", max_runs=1_000_000))),
}


@pytest.fixture(scope="module")
def folders(core: Core, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder of each order, carried out."""
    folders = {name: tmp_path_factory.mktemp(name) for name in ORDERS}
    for name, folder in folders.items():
        protocol.write_order(ORDERS[name], folder)
        (folder / "model.json").write_text(json.dumps(MODEL), encoding="utf-8")
        ROWS.tofile(folder / "input0.bin")
    core.java("org.pocketbench.core.OneOrder", *map(str, folders.values()))
    return folders


@pytest.fixture(scope="module")
def reports(folders: dict[str, Path]) -> dict[str, Report]:
    """What the app's runner said to each, as the harness reads it."""
    return {name: protocol.read_report((folder / protocol.REPORT).read_bytes(), ORDERS[name]) for name, folder in folders.items()}


def test_the_apps_own_tests_pass(core: Core, project: Path) -> None:
    """JUnit runs every class whose name ends in Test."""
    tests = project / "android_app" / "tests"
    names = [".".join(path.relative_to(tests).with_suffix("").parts) for path in sorted(tests.rglob("*Test.java"))]
    passed = re.search(r"OK \((\d+) tests\)", core.java("org.junit.runner.JUnitCore", *names))
    assert passed
    assert int(passed.group(1)) > len(names)


def test_the_harness_reads_the_apps_reports(reports: dict[str, Report]) -> None:
    """What was ordered is there, the hello names the runner, and the clock has a step."""
    assert {name: type(report.end) for name, report in reports.items() if name != "serve"} == dict.fromkeys(set(ORDERS) - {"serve"}, Done)
    assert {report.hello.runner for report in reports.values()} == {"app"}
    assert all(0 < report.hello.clock_step_ns < 1_000_000 and report.hello.pid > 1 for report in reports.values())


def test_what_comes_out_is_what_went_in_doubled(folders: dict[str, Path]) -> None:
    """Row after row, raw and little-endian."""
    np.testing.assert_array_equal(np.fromfile(folders["outputs"] / "output0.bin", "<f4").reshape(ROWS.shape), 2 * ROWS)


def test_the_apps_phases_keep_their_bounds(reports: dict[str, Report]) -> None:
    """As many samples as were ordered, all of them above zero, each with its batch."""
    samples = {line.phase: line for line in reports["timing"].samples}
    assert {phase: len(line.ns) for phase, line in samples.items() if phase != "warmup"} == {"load": 2, "first": 1, "steady": 9}
    assert {phase: line.batch for phase, line in samples.items()} == {"load": 1, "first": 1, "warmup": 16, "steady": 16}
    assert all(one > 0 for line in samples.values() for one in line.ns)


def test_a_million_samples_are_one_line_that_the_harness_takes(reports: dict[str, Report]) -> None:
    """The longest phase that there is."""
    assert [len(line.ns) for line in reports["long"].samples] == [1, 1_000_000]


def test_the_apps_peak_is_not_below_its_mark_before_load(reports: dict[str, Report]) -> None:
    """VmHWM of the JVM, reset before load where that is permitted."""
    memory = reports["memory"].memory
    assert memory is not None
    assert 0 < memory.before_load_bytes <= memory.peak_bytes


def test_the_app_refuses_to_be_a_service(reports: dict[str, Report]) -> None:
    """By a reason of the closed list."""
    assert reports["serve"].end == FailedOrder("open", "protocol", "app is no service")


def test_the_apps_reasons_are_of_the_closed_list(project: Path) -> None:
    """Every reason that its sources name."""
    texts = [path.read_text(encoding="utf-8") for part in ("core", "app") for path in (project / "android_app" / part).rglob("*.java")]
    named = {reason for text in texts for reason in re.findall(r'new Refused\(\s*"([^"]+)"', text)}
    assert named
    assert named <= set(REASONS)
