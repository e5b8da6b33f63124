"""The Android app, built for tests."""

import os
import shutil
from collections.abc import Sequence

import pytest

from pocketbench import app_build
from pocketbench.app_build import Built
from pocketbench.app_build.wished import ENGINES
from pocketbench.errors import ToolchainMissing

TOOLS = ("javac", "mvn")


def app(engines: Sequence[str] = tuple(ENGINES), abis: Sequence[str] = ("x86_64",)) -> Built:
    """Build it, or find it built. Skips the test where a tool is missing; without a network too, but where nothing may be skipped for want of a part."""
    absent = [tool for tool in TOOLS if shutil.which(tool) is None]
    try:
        return app_build.build(engines, abis)
    except ToolchainMissing as error:
        required = not absent and os.environ.get("POCKETBENCH_REQUIRE_PARTS") == "1"
        (pytest.fail if required else pytest.skip)(str(error))
