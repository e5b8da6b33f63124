"""How much is measured, and when it is enough."""

import pytest

import records_made
from pocketbench import measure
from pocketbench.measure import Effort
from pocketbench.model import Agreement, Measurement, Proof

EFFORT = Effort(processes=3, budget_s=2.0, precision=0.02)


def block(process: int, *samples: int, batch: int = 1, phase: str = "steady") -> Measurement:
    """The steady samples of one process."""
    return Measurement("latency", "ns", phase, process, list(samples), batch)


def test_half_the_budget_goes_to_the_processes_asked_for() -> None:
    """Warm-up and steady of three processes take a second of two, so that three more fit."""
    phases = {phase.phase: phase for phase in measure.phases(EFFORT)}

    assert 3 * (phases["warmup"].min_ns + phases["steady"].max_ns) == pytest.approx(1e9, abs=10)


@pytest.mark.parametrize("processes", [1, 3, 7, 20])
def test_twenty_samples_are_taken_even_past_the_budget(processes: int) -> None:
    """However slow the model, the processes together give at least twenty samples."""
    steady = measure.phases(Effort(processes, 0.001, 0.02))[-1]

    assert processes * steady.min_runs >= 20


def test_fewer_processes_than_asked_for_are_never_enough() -> None:
    """Neither equal samples nor a spent budget end a job before its processes are done."""
    assert measure._stop([block(0, 5, 5, 5), block(1, 5, 5, 5)], EFFORT, spent_s=60) == ""


def test_a_narrow_interval_ends_the_job_by_precision() -> None:
    """Three processes that agree are enough."""
    blocks = [block(number, *[1000] * 20) for number in range(3)]

    assert measure._stop(blocks, EFFORT, spent_s=0.1) == "precision"


@pytest.mark.parametrize(("spent_s", "expected"), [(0.9, ""), (1.4, ""), (1.6, "budget"), (60, "budget")])
def test_a_wide_interval_asks_for_more_while_one_more_process_fits_the_budget(spent_s: float, expected: str) -> None:
    """Processes that differ are followed by more; a fourth of three that took 1.6 s would end after 2 s."""
    blocks = [block(number, *[1000 * (number + 1)] * 20) for number in range(3)]

    assert measure._stop(blocks, EFFORT, spent_s) == expected


def test_pilot_samples_are_no_part_of_the_latency() -> None:
    """Samples too short for the clock are kept and not counted."""
    blocks = measure.steady([block(0, 7, phase="pilot"), block(1, 800, 1600, batch=8), block(1, 3, phase="warmup")])

    assert [list(array) for array in blocks] == [[100.0, 200.0]]


@pytest.mark.parametrize(("latency", "step", "expected"), [(10_000, 50, 1), (5_000, 50, 1), (4_999, 50, 2), (600, 60, 16), (1, 100, 16384)])
def test_a_sample_lasts_a_hundred_steps_of_the_clock(latency: int, step: int, expected: int) -> None:
    """The batch is the smallest power of two that makes one step at most one percent of a sample."""
    assert measure._batch([block(0, *[latency] * 20)], step) == expected


@pytest.mark.parametrize(("driver", "flaws"), [("vulkan SwiftShader", ("EMULATED",)), ("vulkan NVIDIA H100 80GB HBM3", ()), ("xnnpack", ())])
def test_a_row_that_a_driver_in_software_made_says_so(driver: str, flaws: tuple[str, ...]) -> None:
    """By the driver that the runner names, wherever the job was meant to run."""
    form = records_made.FORMS[0]
    made = records_made.artifact(form, records_made.variant(form))
    blocks = [block(number, *[1000] * 20) for number in range(3)]

    assert measure._flaws(made, Agreement(450, 1.0, 0.0, 0.0, True, False), True, blocks, Proof("gpu", driver, "full")) == flaws
