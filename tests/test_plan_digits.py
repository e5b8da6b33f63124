"""The full matrix on a phone: whatever suites/digits.toml asks for is a job there, or a skip that says why not."""

import itertools
from pathlib import Path

import pytest

from pocketbench import devices, reasons, suite
from pocketbench.engines import ENGINES, accelerators, options
from pocketbench.names import ACCELERATORS
from pocketbench.plan import Place, Plan, plan

# Of a page it goes without saying that it is run by a browser's accelerators alone, and of all else that it is not.
PAGES = frozenset({"wasm", "webgl"})
CHIPS = frozenset({"gpu", "nnapi", "vulkan"})
APP = "app"


@pytest.fixture(scope="module")
def wished(project: Path) -> suite.SuiteFile:
    """The suite as it is shipped."""
    return suite.read(project / "suites/digits.toml")


@pytest.fixture(scope="module")
def planned(wished: suite.SuiteFile) -> Plan:
    """Its plan for a simulated phone, which is not started for that."""
    device = devices.find("sim")
    return plan(wished, [Place(device.name, device.kind, device.runners)])


def test_every_accelerator_is_asked_of_every_format_of_both_frameworks(wished: suite.SuiteFile, planned: Plan) -> None:
    """A row for each, and each skip has a reason of the list and words."""
    asked = wished.suite.matrix
    pairs = [(job.variant, job.accelerator) for job in (*planned.jobs, *(skip.job for skip in planned.skips))]
    found = {(variant.framework, variant.format, accelerator) for variant, accelerator in pairs}
    wanted = {
        (framework, kind, accelerator)
        for framework, kind, accelerator in itertools.product(("keras", "torch"), asked.formats, asked.accelerators)
        if accelerator not in (CHIPS if kind == "tfjs" else PAGES)
    }

    assert set(asked.accelerators) == set(ACCELERATORS)
    assert wanted - found == set()
    assert [skip.job.id for skip in planned.skips if skip.refusal.reason not in reasons.REASONS or not skip.refusal.message] == []


def test_the_app_is_asked_for_every_accelerator_and_every_choice_of_each_of_its_engines(wished: suite.SuiteFile, planned: Plan) -> None:
    """What its GPU is reached through as well; and files made for Vulkan and for NNAPI are among what PyTorch's runtime gets."""
    jobs = [job for job in planned.jobs if job.runner == APP]
    crossed = {(job.engine, job.accelerator, f"{key}={job.options[key]}") for job in jobs for key in job.named_options}

    for engine in (engine for engine in ENGINES if APP in engine.runners):
        assert {job.accelerator for job in jobs if job.engine == engine.name} == set(accelerators(engine, APP)), engine.name
        if "xnnpack" in options(engine, APP):
            assert {(engine.name, "cpu", "xnnpack=on"), (engine.name, "cpu", "xnnpack=off")} <= crossed
    assert {("tflite", "gpu", "gpu_backend=opencl"), ("tflite", "gpu", "gpu_backend=gles")} <= crossed
    assert {("float32:vulkan", "vulkan"), ("float32:nnapi", "nnapi")} <= {
        (f"{job.variant.technique}:{job.variant.form}", job.accelerator) for job in jobs if job.engine == "pytorch-lite"
    }
    assert wished.suite.matrix.engines == ()
