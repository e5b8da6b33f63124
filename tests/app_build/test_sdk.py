"""Where Android's own tools are found."""

from pathlib import Path

import pytest

from pocketbench.app_build import sdk


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An SDK with three versions of the build tools, and a PATH with one tool."""
    for folder in ("build-tools/9.0.0", "build-tools/35.0.0", "build-tools/36.0.0-rc1", "path"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "aapt2").touch(mode=0o755)
    (tmp_path / "path" / "dexdump").touch(mode=0o755)
    (tmp_path / "build-tools/35.0.0/apksigner").touch(mode=0o644)
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.delenv("ANDROID_SDK_ROOT", raising=False)
    monkeypatch.setenv("ANDROID_HOME", str(tmp_path))
    return tmp_path


def test_the_newest_build_tools_of_an_sdk_come_before_the_path(home: Path) -> None:
    """By number, and no preview; what the SDK has not is the PATH's; what cannot be started is none."""
    assert sdk.tool("aapt2") == home / "build-tools/35.0.0/aapt2"
    assert sdk.tool("dexdump") == home / "path/dexdump"
    assert sdk.tool("apksigner") is None


def test_the_older_name_of_the_variable_is_heard(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And without either only the PATH is looked at."""
    monkeypatch.delenv("ANDROID_HOME")
    assert sdk.tool("aapt2") == home / "path/aapt2"
    monkeypatch.setenv("ANDROID_SDK_ROOT", str(home))
    assert sdk.tool("aapt2") == home / "build-tools/35.0.0/aapt2"
