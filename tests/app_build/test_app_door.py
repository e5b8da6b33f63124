"""``pocketbench app build``: what it tells of an app, what is mistyped, and what is not here."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pocketbench import cache
from pocketbench.app_build import Built, checked, sdk
from pocketbench.cli.app_build import command
from pocketbench.errors import UnknownName


@pytest.mark.slow
def test_the_app_is_copied_where_it_is_wanted_and_told_share_by_share(built_app: Built, tmp_path: Path) -> None:
    """Each engine's libraries with the pages that they load with; all shares are the APK, but for names and the signature."""
    words = ["build", "--abi", "x86_64", "--output", str(tmp_path / "mine.apk")]
    told, shown = (CliRunner().invoke(command, [*words, *more], catch_exceptions=False, standalone_mode=False) for more in (["--json"], []))
    said = json.loads(told.stdout)
    shares = {share["what"]: share for share in said["sizes"]}

    assert (told.return_value, shown.return_value) == (0, 0)
    assert said["sha256"] == built_app.sha256 == cache.sha256_of(tmp_path / "mine.apk")
    assert {name: share["page_bytes"] >> 10 for name, share in shares.items()} == {
        "tflite": 4, "pytorch-lite": 4, "onnxruntime": 16, "page": 0, "dex": 0, "resources": 0,
    }  # fmt: skip
    assert 0.99 * built_app.size_bytes < sum(share["packed_bytes"] for share in shares.values()) < built_app.size_bytes
    assert [f"{share['packed_bytes']:,}" in shown.stdout for share in shares.values()] == [True] * len(shares)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--engines", "tflit"], "no engine of the app named 'tflit'; known: tflite, pytorch-lite, onnxruntime, tfjs\ndid you mean 'tflite'"),
        (["--abi", "mips"], "no ABI of the app named 'mips'; known: arm64-v8a, x86_64"),
    ],
)
def test_an_engine_or_an_abi_that_the_app_has_not_is_told_with_those_it_has(words: list[str], told: str) -> None:
    """Before anything is built."""
    with pytest.raises(UnknownName) as error:
        CliRunner().invoke(command, ["build", *words], catch_exceptions=False, standalone_mode=False)
    assert told in str(error.value)


def test_a_keystore_needs_the_name_of_its_key(tmp_path: Path) -> None:
    """And the other way round."""
    (tmp_path / "mine.p12").touch()
    for words in (["--key", str(tmp_path / "mine.p12")], ["--key-alias", "me"]):
        ended = CliRunner().invoke(command, ["build", *words])
        assert ended.exit_code == 2
        assert "--key and --key-alias go together" in ended.output


def test_tools_of_others_that_are_not_here_are_told_with_what_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are no fault."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for variable in sdk.VARIABLES:
        monkeypatch.delenv(variable, raising=False)
    found = checked.checked(tmp_path / "app.apk")
    assert [check.tool for check in found] == ["apksigner", "zipalign", "aapt2", "dexdump"]
    assert {(check.state, check.detail) for check in found} == {("absent", f"neither in an SDK (ANDROID_HOME) nor on the PATH: {checked.HINT}")}


def test_a_tool_of_others_that_refuses_the_app_is_told_in_its_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And the door's exit code is 1."""
    tool = tmp_path / "zipalign"
    tool.write_text("#!/bin/sh\necho 'Verification FAILED'\nexit 1\n", encoding="utf-8")
    tool.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert [(check.state, check.detail) for check in checked.checked(tmp_path / "app.apk") if check.tool == "zipalign"] == [
        ("failed", "zipalign: Verification FAILED")
    ]
