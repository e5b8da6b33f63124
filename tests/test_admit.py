"""Jobs let through or skipped once the artifact is known."""

import msgspec

from pocketbench.admit import admit
from pocketbench.model import Anatomy, Job, Variant

JOB = Job(Variant("m", "keras", "tflite", "float32"), "python", "litert", "cpu", 1, "host")
ANATOMY = Anatomy(1000, 900, 10, 0, {"float32": 10}, 0.0, 10, {"CONV_2D v3": 1}, (), ())


def test_a_file_that_the_engine_can_run_is_let_through() -> None:
    """Built-in operations and enough memory: no skip."""
    assert admit(JOB, ANATOMY, {"memory_bytes": 2000}) is None


def test_a_file_with_an_operation_that_the_runtime_lacks_is_a_skip() -> None:
    """Select TF operations are not in the host's interpreter."""
    refused = admit(JOB, msgspec.structs.replace(ANATOMY, operations={"FlexErfinv v1": 1}), {})

    assert refused is not None
    assert (refused.stage, refused.reason) == ("admit", "export-only")
    assert "FlexErfinv" in refused.message


def test_a_file_larger_than_the_devices_memory_is_a_skip() -> None:
    """It is not pushed to find out."""
    refused = admit(JOB, ANATOMY, {"memory_bytes": 999})

    assert refused is not None
    assert refused.reason == "memory-limit"
