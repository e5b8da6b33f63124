"""Who may use adb: the owner's answers, as the real adb sees them."""

from collections.abc import Iterator

import pytest
from adb_tool import Adb, eventually
from simulated import on

from conftest import Connected

pytestmark = pytest.mark.slow


@pytest.fixture(params=["ask"])
def asking(adb: Adb, request: pytest.FixtureRequest) -> Iterator[Connected]:
    """A phone that asks its owner, and has been asked."""
    with on("--auth", request.param) as phone:
        adb("connect", phone.address)
        mine = Adb(adb.port, adb.home, phone.address)
        assert mine.becomes("unauthorized")
        yield Connected(phone, mine)
        adb("disconnect", phone.address)


def test_an_owner_who_accepts_is_not_asked_again(asking: Connected) -> None:
    """The key is known from then on, also over a reboot."""
    assert "unauthorized" in asking.adb("shell", "true").err
    assert eventually(lambda: asking.phone.state()["asking"] == 1)
    asking.phone.fault("allow")
    assert asking.adb.becomes("device")
    asking.phone.fault("reboot=0")
    assert eventually(lambda: asking.adb.state() != "device")
    assert asking.adb.becomes("device")

    assert asking.phone.state()["asking"] == 0
    assert asking.shell("wc -l < /data/misc/adb/adb_keys; getprop ro.adb.secure").split() == ["1", "1"]


def test_an_owner_who_refuses_leaves_it_unauthorized(asking: Connected) -> None:
    """However often it is tried."""
    asking.phone.fault("deny")

    assert not asking.adb.becomes("device", deadline=2)
    assert asking.adb.state() == "unauthorized"


def test_an_owner_may_accept_whoever_comes(adb: Adb) -> None:
    """The key is shown, and accepted at once."""
    with on("--auth", "accept") as phone:
        adb("connect", phone.address)

        assert Adb(adb.port, adb.home, phone.address).becomes("device")
        adb("disconnect", phone.address)
