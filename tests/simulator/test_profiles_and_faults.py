"""Profiles, curves and the words of faults, without a phone."""

from pathlib import Path

import pytest

from pocketbench.errors import DeviceError, ProfileError, UnknownName
from pocketbench.simulator import faults, telling
from pocketbench.simulator.quantities import quantity
from pocketbench.simulator.state import profile
from pocketbench.simulator.state.battery import Battery
from pocketbench.simulator.state.clock import Clock
from pocketbench.simulator.state.curves import at
from pocketbench.simulator.state.heat import Heat
from pocketbench.simulator.state.kept import read, write
from pocketbench.simulator.state.profile import Sensor
from pocketbench.simulator.state.properties import Properties
from pocketbench.simulator.state.screen import Screen
from pocketbench.simulator.state.settings import Settings


def test_a_curve_is_straight_between_its_points_and_level_outside() -> None:
    """Points of seconds and values."""
    curve = ((10.0, 20.0), (20.0, 40.0), (20.0, 50.0), (30.0, 50.0))

    assert [at(curve, seconds) for seconds in (0, 10, 15, 20, 25, 99)] == [20, 20, 30, 50, 50, 50]


def test_every_profile_of_ours_can_be_read_and_has_its_files_name() -> None:
    """Phone and board."""
    assert [profile.load(name).name for name in ("board", "phone")] == ["board", "phone"]
    assert {"board", "phone"} <= set(profile.names())


def test_a_users_profile_changes_only_what_it_names(tmp_path: Path) -> None:
    """Over a base; tables are merged."""
    file = tmp_path / "mine.toml"
    file.write_text('base = "phone"\nname = "mine"\n[chip]\nmodel = "MINE9"\n[settings.global]\nlow_power = "1"\n')
    mine, phone = profile.load(str(file)), profile.load("phone")

    assert (mine.name, mine.chip.model, mine.chip.cluster, mine.sensor) == ("mine", "MINE9", phone.chip.cluster, phone.sensor)
    assert mine.settings["global"] == {**phone.settings["global"], "low_power": "1"}


def test_a_users_folder_adds_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file NAME.toml in the user's configuration."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    profile.own().mkdir(parents=True)
    (profile.own() / "cheap.toml").write_text('base = "phone"\nname = "cheap"\n')

    assert "cheap" in profile.names()
    assert profile.load("cheap").name == "cheap"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name = ", "Invalid value"),
        ('base = "phone"\ncolour = "red"', "colour"),
        ('base = "phone"\nstorage = "much"', r"\$.storage"),
        ('base = "phone"\n[chip]\ncluster = []', r"\$.chip.cluster"),
        ('base = "phone"\n[[sensor]]\nname = "x"\ntype = "soul"\ncelsius = [[0, 1]]', "no sensor type 'soul'"),
        ('base = "phone"\nmodel = "a\\nb"', r"\$.model"),
        ('base = "nokia"', "is none of board, phone"),
        ('base = "../../etc"', "is none of board, phone"),
    ],
)
def test_a_wrong_profile_is_told_with_its_file_and_key(tmp_path: Path, text: str, told: str) -> None:
    """Never a traceback."""
    (tmp_path / "wrong.toml").write_text(text)

    with pytest.raises(ProfileError, match=told) as raised:
        profile.load(str(tmp_path / "wrong.toml"))
    assert "wrong.toml" in raised.value.message


def test_a_profile_that_is_not_there_is_told_with_those_that_are() -> None:
    """And the nearest."""
    with pytest.raises(ProfileError, match=r"known: .*board.*phone") as raised:
        profile.load("fone")
    assert "phone" in raised.value.hint
    with pytest.raises(ProfileError, match="cannot be read"):
        profile.load("/nowhere/x.toml")


@pytest.mark.parametrize(
    ("text", "value"), [("8MB", 8e6), ("64K", 65536), ("20ms", 0.02), ("3", 3), ("+1h", 3600), ("-5s", -5), ("2MB/s", 2e6), ("1.5G", 1.5 * 2**30)]
)
def test_a_quantity_is_a_number_with_a_unit(text: str, value: float) -> None:
    """Decimal and binary units, times."""
    assert quantity(text) == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "much", "8XB", "1e9", "MB", "9" * 30, "--3", "nan", "inf"])
def test_what_is_no_quantity_is_refused(text: str) -> None:
    """With an example of one."""
    with pytest.raises(ValueError, match=r"is no quantity|too much"):
        quantity(text)


def test_a_fault_is_a_name_a_value_and_a_time() -> None:
    """The usual value where none is given."""
    plain, timed = faults.parse("hot"), faults.parse("rate=2MB@1.5")

    assert (plain.fault.name, plain.value, plain.after) == ("hot", "46", 0)
    assert (timed.fault.name, timed.value, timed.after) == ("rate", "2MB", 1.5)


def test_what_is_no_fault_is_told() -> None:
    """Unknown names with the nearest, values that are missing or too many, times that cannot be."""
    with pytest.raises(UnknownName, match="no fault named 'unplugg'"):
        faults.parse("unplugg")
    for text in ("rate", "unplug=1", "hot@-1", "hot@x"):
        with pytest.raises(ValueError, match=r"."):
            faults.parse(text)


def test_every_fault_is_in_the_document_in_the_words_of_the_code(project: Path) -> None:
    """One row each."""
    told = (project / "docs/simulated-phone.md").read_text(encoding="utf-8")

    assert [fault.name for fault in faults.FAULTS if f"| `{fault.usage.replace('|', chr(92) + '|')}` | {fault.meaning} |" not in told] == []


def test_a_control_port_that_is_none_is_told() -> None:
    """And one where nobody is."""
    for place in ("nonsense", "127.0.0.1:1/token"):
        with pytest.raises(DeviceError):
            telling.tell(place)


def test_heat_makes_a_status_by_the_first_sensors_thresholds() -> None:
    """All rise alike; a status set by hand goes before."""
    skin = Sensor("skin", "skin", ((0.0, 30.0),), (39.0, 43.0, 45.0, 47.0, 52.0, 55.0))
    heat = Heat((skin, Sensor("cpu", "cpu", ((0.0, 40.0),))))
    heat.hot = 46.0

    assert [reading.celsius for reading in heat.readings(0)] == [46, 56]
    assert heat.status(0) == 3
    heat.hot, heat.throttled = None, 0.5
    assert (heat.status(0), heat.khz(2000)) == (3, 1000)
    heat.overridden = 1
    assert heat.status(0) == 1


def test_a_battery_discharges_without_its_cable() -> None:
    """And is full at the top of its curve."""
    battery = Battery(profile.Battery(level=((0.0, 50.0), (100.0, 100.0))))

    assert (battery.level(0), battery.status(0), battery.status(100)) == (50, 2, 5)
    battery.plugged = False
    assert (battery.usb(), battery.status(0)) == (False, 3)


def test_a_screen_goes_off_after_its_time_and_stays_on_when_told(tmp_path: Path) -> None:
    """While it is plugged in."""
    settings = Settings({"system": {"screen_off_timeout": "0"}}, tmp_path / "settings.json")
    screen = Screen(Clock(), settings, Battery(profile.Battery()))
    assert not screen.awake()
    settings.put("global", "stay_on_while_plugged_in", "2")

    assert screen.awake()
    screen.sleep()
    assert not screen.awake()


def test_persistent_properties_and_settings_outlive_their_program(tmp_path: Path) -> None:
    """Others do not; a spoiled file is as none."""
    kept, phone = tmp_path / "properties.json", profile.load("phone")
    first = Properties(phone, "S", secure=False, file=kept)
    assert (first.set("persist.mine", "1"), first.set("debug.mine", "1"), first.set("ro.x", "1"), first.set("x", "y" * 92)) == (True, True, False, False)
    again = Properties(phone, "S", secure=False, file=kept)

    assert (again.get("persist.mine"), again.get("debug.mine"), again.get("ro.pocketbench.simulated")) == ("1", "", "1")
    for text in ("noise", "[1]", '{"global": 3}'):
        (tmp_path / "spoiled.json").write_text(text)
        assert Settings({"global": {"a": "b"}}, tmp_path / "spoiled.json").get("global", "a") == "b"


def test_what_cannot_be_kept_leaves_what_was_kept(tmp_path: Path) -> None:
    """A full disk, a folder in the way."""
    write(tmp_path / "x.json", {"a": 1})
    (tmp_path / "x.new").mkdir()
    (tmp_path / "x.new/file").write_text("")
    (tmp_path / "file").write_text("")
    write(tmp_path / "file/x.json", {"a": 2})

    assert read(tmp_path / "x.json") == {"a": 1}
