"""Devices at the door: used again when the user says so, and each of several with a bar of its own."""

import io

from click.testing import CliRunner
from rich.console import Console
from rich.progress import Progress

from pocketbench import events
from pocketbench.cli import devices, progress
from pocketbench.devices import remote_aside


def test_a_device_that_was_set_aside_is_used_again_when_the_user_says_so() -> None:
    """Once; the second time there is nothing to lift, exit code 3."""
    remote_aside.put("R58", "it lost three orders", away=False)
    first, second = (CliRunner().invoke(devices.command, ["--lift", "R58"], standalone_mode=False) for _ in range(2))

    assert (first.return_value, first.output) == (0, "R58: used again\n")
    assert (second.return_value, second.output) == (3, "R58: was not set aside\n")


def test_each_of_several_devices_has_a_bar_that_its_own_jobs_move() -> None:
    """The bar of all jobs moves with each."""
    with Progress(console=Console(file=io.StringIO())) as shown:
        bar = progress._Bar(shown)
        for event in (
            events.Planned(1, 3, 0),
            events.DeviceStarted("R58", 2),
            events.DeviceStarted("host", 1),
            events.JobStarted("m/k/f/t/e/cpu/t1@R58"),
            events.Sending("R58", "model", 1 << 20, 9 << 20),
            events.JobEnded("m/k/f/t/e/cpu/t1@R58", "ok"),
            events.JobEnded("m/k/f/t/e/cpu/t1@host", "failed"),
            events.DeviceTold("R58", "does not answer: reconnecting"),
        ):
            bar(event)
        done = {name: (shown.tasks[index].completed, shown.tasks[index].total) for index, name in enumerate(bar.bars)}

    assert done == {"convert": (0, 1), "measure": (2, 3), "R58": (1, 2), "host": (1, 1)}
    assert shown.tasks[2].description == "R58: sending model, 1 of 9 MiB"


def test_with_one_device_there_is_one_bar_for_its_jobs() -> None:
    """As ever."""
    with Progress(console=Console(file=io.StringIO())) as shown:
        bar = progress._Bar(shown)
        bar(events.Planned(1, 1, 0))
        bar(events.JobStarted("m/k/f/t/e/cpu/t1@host"))
        bar(events.JobEnded("m/k/f/t/e/cpu/t1@host", "ok"))

    assert [(task.description, task.completed) for task in shown.tasks] == [("convert", 0), ("measuring m/k/f/t/e/cpu/t1@host", 1)]


def test_a_median_is_told_in_the_unit_that_suits() -> None:
    """As in the table and on the page: a linear model's is no fraction of a millisecond."""
    assert progress._timed(166.2, 11.6) == "median 166 ns, measured in 11.6 s"
