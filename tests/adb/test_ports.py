"""Ports: there for a block, and no longer."""

import pytest

from far_end import FarEnd
from pocketbench.adb import ports

pytestmark = pytest.mark.slow


def test_a_port_that_leads_to_the_phone_is_gone_after_its_block(far: FarEnd) -> None:
    """Adb chooses the port here."""
    with ports.forwarded(far.phone, "tcp:9999") as port:
        assert ports.forwards(far.phone) == {f"tcp:{port}": "tcp:9999"}

    assert ports.forwards(far.phone) == {}


def test_a_port_of_the_phone_that_leads_here_is_gone_after_its_block(far: FarEnd) -> None:
    """The phone chooses the port there."""
    with ports.reversed_(far.phone, 5000) as port:
        assert ports.reverses(far.phone) == {f"tcp:{port}": "tcp:5000"}

    assert ports.reverses(far.phone) == {}
