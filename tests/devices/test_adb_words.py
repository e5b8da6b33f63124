"""What devices say of Python and of orders, read: pure."""

import pytest

from pocketbench import protocol
from pocketbench.devices import remote_group, remote_order, remote_python
from pocketbench.devices.remote_python import Python
from pocketbench.model import Refusal
from pocketbench.protocol import Order, TensorFile

OUTPUT = TensorFile("y", "output0.bin", (1, 10), "float32")


def order(kind: str) -> Order:
    """An order of two rows."""
    return Order(protocol.PROTOCOL, "o'1", kind, "litert", "model-1.tflite", "cpu", 1, {}, 2, (), (OUTPUT,))


def test_the_first_python_that_is_new_enough_and_has_numpy_is_taken() -> None:
    """An older one and one without numpy come first."""
    said = "python /usr/bin/python3 3.9.2 0\nnumpy 1.19\npython /usr/bin/python3.11 3.11.2 1\npython /opt/python 3.12.1 1\nnumpy 2.1.0\n"

    assert remote_python.read(said) == Python("/opt/python", "3.12.1", "2.1.0")


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("", "it has no Python that its shell can start"),
        ("noise\nnumpy 2\n", "it has no Python that its shell can start"),
        ("python /usr/bin/python3 3.8.10 0\nnumpy 1.19\n", "its Python is 3.8.10, and 3.10 is needed"),
        ("python /usr/bin/python3 3.11.2 1\n", "its Python 3.11.2 has no numpy"),
    ],
)
def test_what_python_lacks_is_said_with_what_to_type(said: str, message: str) -> None:
    """None, too old, without numpy."""
    refusal = remote_python.read(said)

    assert isinstance(refusal, Refusal)
    assert (refusal.reason, refusal.message) == ("toolchain-missing", message)
    assert refusal.hint


def test_what_an_order_left_is_read_and_the_rest_is_not_believed() -> None:
    """Sizes, hashes, names; lines of another form are left out."""
    sha = "ab" * 32
    left = remote_order.read(f"noise\nended 137\nfile 12 {sha} report.jsonl\nfile -1 {sha} x\nfile 5 {sha[1:]} y\nfile   80 {sha} output0.bin\n")

    assert left.ended == "signal SIGKILL"
    assert left.files == {"report.jsonl": (12, sha), "output0.bin": (80, sha)}


@pytest.mark.parametrize(
    ("said", "ended"), [("ended 0", "exit code 0"), ("ended 1", "exit code 1"), ("ended 200", "exit code 200"), ("", "without an exit code")]
)
def test_how_a_process_ended_is_said(said: str, ended: str) -> None:
    """By a code, a signal, or not at all."""
    assert remote_order.read(said).ended == ended


def test_an_order_brings_no_more_than_its_report_and_what_its_outputs_hold() -> None:
    """A device does not choose what comes here."""
    assert remote_order.limits(order("timing")) == {"report.jsonl": protocol.MAX_REPORT_BYTES}
    assert remote_order.limits(order("outputs")) == {"report.jsonl": protocol.MAX_REPORT_BYTES, "output0.bin": 2 * 10 * 4}


def test_an_orders_text_survives_the_shells_quotes() -> None:
    """Whatever stands in it; what ran before is ended first."""
    text = remote_order.begin("/data/local/tmp/x", order("timing"), Python("/opt/my python", "3.12", "2"))

    assert "'\"'\"'" in text
    assert "'/opt/my python' -c" in text
    assert text.startswith(remote_group.end("/data/local/tmp/x"))
