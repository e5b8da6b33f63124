"""Bringing system parts, with a program in apt-get's place on the path: the real one is never run."""

import os
from pathlib import Path

import pytest

from pocketbench import install
from pocketbench.errors import InstallFailed
from pocketbench.install import System
from pocketbench.parts import Part

DEBIAN = System(("debian",), root=True)
LOCKED = "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 11633 (apt-get)\nE: Unable to acquire the dpkg frontend lock\n"
OFFLINE = "Err:1 http://deb.example.org/debian bookworm/main amd64 fast 1.0\n  Temporary failure resolving 'deb.example.org'\nE: Failed to fetch it\n"


@pytest.fixture
def apt(project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the program in apt-get's place works in, first on the path."""
    monkeypatch.setenv("FAKE_APT", str(tmp_path))
    monkeypatch.setenv("PATH", f"{project / 'tests' / 'fake_apt'}{os.pathsep}{os.environ['PATH']}")
    return tmp_path


@pytest.fixture
def fast(apt: Path) -> Part:
    """A part that two packages bring, one on Ubuntu; it is here once its package's file is."""
    return Part("fast", "made up", ("nothing",), (apt / "fast").exists, {"debian": ("fast", "fast-data"), "ubuntu": ("fast",)})


@pytest.fixture
def nowhere() -> Part:
    """A part that no package of Ubuntu brings."""
    return Part("nowhere", "made up", ("nothing",), lambda: False, {"ubuntu": ()}, "get it from its makers")


def test_each_command_is_told_and_then_run(apt: Path, fast: Part) -> None:
    """Update, then install without recommended packages and without questions; the told lines are the commands that ran."""
    told: list[str] = []
    install.install([fast], DEBIAN, told.append)

    assert told == [
        "DEBIAN_FRONTEND=noninteractive apt-get update",
        "DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends fast fast-data",
        "installed: fast",
    ]
    assert [f"DEBIAN_FRONTEND={call}" for call in (apt / "calls").read_text().splitlines()] == told[:2]
    assert fast.present()


def test_a_command_is_told_before_it_runs(apt: Path, fast: Part) -> None:
    """When the first line is told, nothing has been called."""
    seen: list[bool] = []
    install.install([fast], DEBIAN, lambda _line: seen.append((apt / "calls").exists()))

    assert seen == [False, True, True]


def test_where_nothing_is_missing_nothing_is_run(apt: Path) -> None:
    """A second time says so and calls nothing."""
    told: list[str] = []
    install.install([], DEBIAN, told.append)

    assert told == ["every system part is here: nothing to install"]
    assert not (apt / "calls").exists()


@pytest.mark.parametrize(
    ("here", "why", "first"),
    [
        (System(("debian",), root=False), "only root may", "sudo apt-get update"),
        (System(("debian",), root=True, forbidden=True), "POCKETBENCH_NO_INSTALL is set", "apt-get update"),
        (System(("fedora",), root=True), "this is fedora, and only on Debian", "fast: "),
        (System((), root=True), "this is an unknown system", "fast: "),
    ],
)
def test_where_it_may_not_install_it_says_why_and_what_to_type(apt: Path, fast: Part, here: System, why: str, first: str) -> None:
    """Not root, forbidden, or another system: the lines are told and nothing is run."""
    told: list[str] = []
    install.install([fast], here, told.append)

    assert told[0].startswith(f"nothing is installed: {why}")
    assert told[1].startswith(f"to do: {first}")
    assert not (apt / "calls").exists()


def test_the_variable_forbids(monkeypatch: pytest.MonkeyPatch) -> None:
    """POCKETBENCH_NO_INSTALL=1, and nothing else, is a no."""
    monkeypatch.delenv("POCKETBENCH_NO_INSTALL", raising=False)
    assert not install.system().forbidden
    monkeypatch.setenv("POCKETBENCH_NO_INSTALL", "0")
    assert not install.system().forbidden
    monkeypatch.setenv("POCKETBENCH_NO_INSTALL", "1")
    assert install.system().forbidden


@pytest.mark.parametrize(
    ("command", "said", "hint"),
    [
        ("update", "E: The repository has no Release file\n", "install the packages another way"),
        ("install", LOCKED, "another package manager is at work"),
        ("install", OFFLINE, "the package servers cannot be reached"),
        ("install", "E: Unable to locate package fast\n", "the package sources of this system do not have it"),
    ],
)
def test_a_failure_is_one_message_with_the_command_and_its_last_lines(apt: Path, fast: Part, command: str, said: str, hint: str) -> None:
    """What apt said, and what to do about it; nothing is run after it."""
    (apt / f"fails-{command}").write_text(said)
    with pytest.raises(InstallFailed) as failed:
        install.install([fast], DEBIAN, lambda _line: None)

    assert failed.value.message.startswith(f"DEBIAN_FRONTEND=noninteractive apt-get {command}")
    assert "failed with exit code 100" in failed.value.message
    assert said.splitlines()[-1] in failed.value.message
    assert failed.value.hint.startswith(hint)
    assert (apt / "calls").read_text().splitlines()[-1].startswith(f"noninteractive apt-get {command}")


def test_of_a_long_failure_only_the_end_is_shown(apt: Path, fast: Part) -> None:
    """Twelve lines, without progress that was overwritten."""
    (apt / "fails-install").write_text("".join(f"line {number}\n" for number in range(40)) + "10%\r50%\rE: the last\n")
    with pytest.raises(InstallFailed) as failed:
        install.install([fast], DEBIAN, lambda _line: None)

    assert failed.value.message.splitlines()[1] == "  line 29"
    assert failed.value.message.splitlines()[-1] == "  E: the last"


def test_a_part_that_is_not_there_after_all_is_an_error(apt: Path, fast: Part) -> None:
    """All went well for apt-get, and the part is not found."""
    (apt / "brings-nothing").touch()
    with pytest.raises(InstallFailed, match="still there is no fast"):
        install.install([fast], DEBIAN, lambda _line: None)


def test_a_system_without_apt_get_is_an_error_that_names_the_command(fast: Part, monkeypatch: pytest.MonkeyPatch) -> None:
    """Debian in name only."""
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(InstallFailed, match="apt-get update: No such file"):
        install.install([fast], DEBIAN, lambda _line: None)


def test_what_no_package_brings_is_told_beside_what_is_installed(apt: Path, fast: Part, nowhere: Part) -> None:
    """On Mint, which is like Ubuntu, the packages are Ubuntu's: one is installed, of the other the reader learns where to get it."""
    told: list[str] = []
    install.install([fast, nowhere], System(("linuxmint", "ubuntu", "debian"), root=True), told.append)

    assert told[0] == "to do: nowhere: get it from its makers"
    assert (apt / "calls").read_text().splitlines()[-1] == "noninteractive apt-get install -y --no-install-recommends fast"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nID=debian\n', ("debian",)),
        ('NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n', ("linuxmint", "ubuntu", "debian")),
        ("ID='fedora'\n# a comment\n", ("fedora",)),
        ("", ()),
        ("nonsense", ()),
    ],
)
def test_the_system_is_known_by_its_os_release(text: str, found: tuple[str, ...]) -> None:
    """Its ID, then what it is like."""
    assert install.os_release(text) == found
