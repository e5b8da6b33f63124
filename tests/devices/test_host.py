"""The computer that the harness runs on, as a device."""

import os
import signal
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

import tiny_tflite
from pocketbench import devices, protocol
from pocketbench.devices.host import Host
from pocketbench.errors import DeviceError, DeviceSilent
from pocketbench.protocol import Order, Phase, TensorFile

WIDE = 512
ENDLESS = (Phase("load"), Phase("steady", min_runs=1, min_ns=0, max_ns=60 * 10**9))


@pytest.fixture
def order(tmp_path: Path) -> Order:
    """A timing order of a minute, its files laid out in ``tmp_path``. A smaller model would have its million samples within a second."""
    (tmp_path / "model.tflite").write_bytes(tiny_tflite.linear(np.ones((WIDE, WIDE), np.float32), np.zeros(WIDE, np.float32)))
    np.ones((1, WIDE), np.float32).tofile(tmp_path / "input0.bin")
    x, y = TensorFile("x", "input0.bin", (1, WIDE), "float32"), TensorFile("y", "output0.bin", (1, WIDE), "float32")
    return Order(protocol.PROTOCOL, "order-1", "timing", "litert", "model.tflite", "cpu", 1, {"xnnpack": "on"}, 1, (x,), (y,), ENDLESS)


def runners(folder: Path) -> list[psutil.Process]:
    """The runner processes that were given this folder."""
    return [process for process in psutil.process_iter(["cmdline"]) if str(folder) in (process.info["cmdline"] or [])]


def test_the_host_is_found_by_name() -> None:
    """``--device host``."""
    assert devices.find("host").name == "host"


def test_a_name_after_host_is_a_mistake() -> None:
    """There is only one."""
    with pytest.raises(DeviceError, match="host takes no name, got 'other'"):
        devices.find("host:other")


def test_facts_and_conditions_are_plain_values() -> None:
    """They go into JSON as they are; memory is in bytes."""
    facts, conditions = Host().facts(), Host().conditions()

    assert facts["memory_bytes"] == psutil.virtual_memory().total
    assert facts["cores"] == os.cpu_count()
    assert type(facts["vulkan"]) is str
    assert {type(value) for value in {**facts, **conditions}.values()} <= {str, int, float}


def test_a_runner_that_does_not_end_in_time_is_ended(order: Order, tmp_path: Path) -> None:
    """DeviceSilent names the order; no process is left."""
    with pytest.raises(DeviceSilent, match="no last line of order order-1 within 1 s"):
        Host().carry(order, tmp_path, 1)

    assert runners(tmp_path) == []


def test_a_runner_that_is_killed_leaves_how_it_ended(order: Order, tmp_path: Path) -> None:
    """The report has no last line, and the signal is named."""

    def kill_once_it_speaks() -> None:
        while not (tmp_path / protocol.REPORT).exists():
            time.sleep(0.01)
        for process in runners(tmp_path):
            process.send_signal(signal.SIGKILL)

    killer = threading.Thread(target=kill_once_it_speaks)
    killer.start()
    carried = Host().carry(order, tmp_path, 60)
    killer.join()

    assert carried.ended == "signal SIGKILL"
    assert '"done"' not in carried.report
