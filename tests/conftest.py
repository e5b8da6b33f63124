"""What all tests share: the project's folder, a cache of their own, and parts of the system and environments that some of them need."""

import contextlib
import functools
import importlib
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pocketbench import environments
from pocketbench.errors import ToolchainMissing
from pocketbench.parts import PARTS

if TYPE_CHECKING:
    from pocketbench.app_build import Built

REQUIRED = "POCKETBENCH_REQUIRE_PARTS"


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker of tests that need something of the system; let signals be answered."""
    # Tests that are started in the background inherit ignored signals; what they start must answer them as from a terminal.
    for number, answer in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, answer)
    config.addinivalue_line("markers", f"needs_part(*names): skipped where one of these system parts is absent; fails there when {REQUIRED}=1")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip a test whose system parts are absent, or fail it where none may be; let frameworks that tests have in one process live together."""
    if item.get_closest_marker("slow"):
        _triton_first()
    names = [name for mark in item.iter_markers("needs_part") for name in mark.args]
    if absent := [name for name in names if not PARTS.get(name).present()]:
        why = f"this system has no {', '.join(absent)}: pocketbench doctor --install"
        (pytest.fail if os.environ.get(REQUIRED) == "1" else pytest.skip)(why)


@functools.cache
def _triton_first() -> None:
    """Load what torch's exporter loads later: after TensorFlow that ends the process (seen with triton 3.7.1 and TensorFlow 2.21). Workers have one of both."""
    with contextlib.suppress(ImportError):
        importlib.import_module("triton._C.libtriton")


@pytest.fixture(scope="session")
def project() -> Path:
    """The checkout's top folder."""
    return Path(__file__).parent.parent


@pytest.fixture(scope="session", autouse=True)
def cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Keep the tests' conversions out of the user's cache, and share them between tests, also of processes that run tests side by side."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "cache"
    folder.mkdir(exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("POCKETBENCH_CACHE", str(folder))
        patch.setenv("XDG_DATA_HOME", str(folder / ".data"))  # the key that apps are signed with
        yield folder


@pytest.fixture(scope="session")
def built_app(cache_of_its_own: Path) -> "Built":
    """The Android app with all its engines for x86_64, built once for all tests, side by side or not; skipped where a JDK, Maven or npm is missing."""
    from apk import app

    return app()


@pytest.fixture(scope="session")
def tflite_runtime(cache_of_its_own: Path) -> Path:
    """The Python of the environment tflite-runtime, made once; where it cannot be made, tests of it are skipped, or fail when none may be."""
    try:
        return environments.python_of("tflite-runtime")
    except ToolchainMissing as error:
        (pytest.fail if os.environ.get(REQUIRED) == "1" else pytest.skip)(error.message)
