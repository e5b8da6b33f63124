"""The host's half of ExecuTorch."""

import msgspec
import pytest

from pocketbench.engines import ENGINES
from pocketbench.model import Anatomy

EXECUTORCH = ENGINES.get("executorch")
EMPTY = Anatomy(0, 0, 0, 0, {}, 0.0, 0, {}, (), ())


def test_executorch_is_found_by_name_and_has_nothing_to_choose() -> None:
    """It reads its own programs on the CPU; the back end was chosen when the file was made."""
    assert (EXECUTORCH.reads, EXECUTORCH.runners, EXECUTORCH.accelerators) == (("executorch",), ("python",), ("cpu",))
    assert (EXECUTORCH.options, EXECUTORCH.package, EXECUTORCH.environment) == ({}, "executorch", "")


def test_its_own_kernels_and_xnnpack_are_let_through() -> None:
    """What an operation's name begins with says who runs it."""
    seen = msgspec.structs.replace(EMPTY, operations={"aten::addmm.out": 1, "XnnpackBackend Conv2d": 3})
    assert EXECUTORCH.refuses(seen, "cpu", {}) is None


@pytest.mark.parametrize("operation", ["VulkanBackend aten.linear.default", "CoreMLBackend program"])
def test_a_back_end_that_the_package_lacks_makes_a_file_export_only(operation: str) -> None:
    """The message names it."""
    refused = EXECUTORCH.refuses(msgspec.structs.replace(EMPTY, operations={"aten::mean.out": 1, operation: 1}), "cpu", {})

    assert refused is not None
    assert (refused.stage, refused.reason) == ("admit", "export-only")
    assert operation.partition(" ")[0] in refused.message
