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


def test_an_accelerator_of_nnapis_is_asked_for_by_name_from_android_10_on() -> None:
    """Before, the delegate passes the name over without a word; what the phone does not tell is tried."""
    job = msgspec.structs.replace(JOB, runner="app", engine="tflite", accelerator="nnapi", options={"nnapi_accelerator": "qti-dsp"})
    told = [admit(job, ANATOMY, facts) for facts in ({"nnapi": "yes", "api": 28}, {"nnapi": "yes", "api": 29}, {"nnapi": "yes"})]

    assert [refused and refused.reason for refused in told] == ["device-too-old", None, None]
    assert admit(msgspec.structs.replace(job, options={"nnapi_accelerator": "any"}), ANATOMY, {"nnapi": "yes", "api": 28}) is None
