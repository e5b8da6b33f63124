"""Vulkan drivers, found by the files that describe them."""

from pathlib import Path

import pytest

from pocketbench import vulkan
from pocketbench.parts import swiftshader


@pytest.fixture
def system(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables of a system with no driver but those that a test puts into share/vulkan/icd.d."""
    monkeypatch.setattr(vulkan, "SYSTEM", ())
    monkeypatch.setattr(swiftshader, "FOLDERS", (tmp_path / "chromium",))
    return {"HOME": str(tmp_path / "home"), "XDG_CONFIG_DIRS": str(tmp_path / "config"), "XDG_DATA_DIRS": str(tmp_path / "share")}


def described(folder: Path, name: str) -> Path:
    """A file that describes a driver."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("{}", encoding="ascii")
    return folder / name


@pytest.fixture
def shader(tmp_path: Path) -> Path:
    """SwiftShader as Chromium brings it."""
    described(tmp_path / "chromium", "libvk_swiftshader.so")
    return described(tmp_path / "chromium", "vk_swiftshader_icd.json")


@pytest.fixture
def nvidia(tmp_path: Path) -> Path:
    """A driver installed for all."""
    return described(tmp_path / "share/vulkan/icd.d", "nvidia_icd.json")


def test_without_any_driver_there_is_none(system: dict[str, str]) -> None:
    """No names, and nothing to set."""
    assert vulkan.drivers(system, loader=True) == ()
    assert vulkan.environment(system) == {}


def test_without_a_loader_no_driver_can_be_reached(system: dict[str, str], shader: Path, nvidia: Path) -> None:
    """Whatever is installed."""
    assert vulkan.drivers(system, loader=False) == ()


def test_swiftshader_alone_is_chosen(system: dict[str, str], shader: Path) -> None:
    """By the variable that old loaders know too."""
    assert vulkan.environment(system) == {"VK_ICD_FILENAMES": str(shader)}
    assert vulkan.drivers(system, loader=True) == ("SwiftShader",)


def test_beside_another_driver_swiftshader_is_added(system: dict[str, str], shader: Path, nvidia: Path) -> None:
    """The engine may choose; none is hidden from it."""
    assert vulkan.environment(system) == {"VK_ADD_DRIVER_FILES": str(shader)}
    assert vulkan.drivers(system, loader=True) == ("SwiftShader", "nvidia")


@pytest.mark.parametrize("name", ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"])
def test_the_users_own_choice_is_left_alone(name: str, system: dict[str, str], shader: Path, nvidia: Path, tmp_path: Path) -> None:
    """Nothing is added to it, and nothing else is a driver; what is not there is none."""
    own = described(tmp_path / "own", "lvp_icd.x86_64.json")
    chosen = system | {name: f"{own}:{tmp_path / 'missing.json'}"}

    assert vulkan.environment(chosen) == {}
    assert vulkan.drivers(chosen, loader=True) == ("lavapipe",)


def test_a_driver_that_the_user_added_is_one_more(system: dict[str, str], shader: Path, nvidia: Path, tmp_path: Path) -> None:
    """A folder of files will do."""
    own = described(tmp_path / "own", "radeon_icd.x86_64.json")
    chosen = system | {"VK_ADD_DRIVER_FILES": str(own.parent)}

    assert vulkan.environment(chosen) == {}
    assert vulkan.drivers(chosen, loader=True) == ("radeon", "nvidia")
