"""The host's half of ncnn."""

from pathlib import Path

import pytest

from pocketbench.engines import ENGINES
from pocketbench.model import Anatomy

ENGINE = ENGINES.get("ncnn")
EMPTY = Anatomy(0, 0, 0, 0, {}, 0.0, 0, {"InnerProduct": 1}, (), ())


def test_the_runners_engine_knows_the_same_options(project: Path) -> None:
    """What the host offers is what the device's half takes; the default is first."""
    text = (project / "device_scripts" / "engines" / "ncnn.py").read_text(encoding="utf-8")
    assert f"OPTIONS = {ENGINE.options}".replace("'", '"') in text
    assert f"accelerators = {ENGINE.accelerators}".replace("'", '"') in text
    assert (ENGINE.reads, ENGINE.package) == (("ncnn",), "ncnn")


@pytest.mark.parametrize(
    ("accelerator", "facts", "reason"),
    [("vulkan", {"vulkan": ""}, "accelerator-absent"), ("vulkan", {"vulkan": "SwiftShader"}, ""), ("vulkan", {}, ""), ("cpu", {"vulkan": ""}, "")],
)
def test_without_a_vulkan_driver_there_is_no_gpu(accelerator: str, facts: dict[str, str], reason: str) -> None:
    """The hint brings one. The CPU needs none, and a device that says nothing of drivers is tried."""
    refused = ENGINE.refuses(EMPTY, accelerator, facts)
    assert (refused.reason if refused else "") == reason
    assert refused is None or refused.hint == "pocketbench doctor --install"
