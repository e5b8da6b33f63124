"""A suite for a model, to edit."""

from pathlib import Path

import pytest

from pocketbench import init, suite
from pocketbench.errors import SourceError, SuiteError


@pytest.fixture(autouse=True)
def _in_an_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test writes into a folder of its own."""
    monkeypatch.chdir(tmp_path)


def test_the_suite_written_for_a_zoo_model_scores_it() -> None:
    """A zoo model's own data set is filled in."""
    read = suite.read(init.write("zoo:digits-cnn", None)).suite

    assert read.models[0].data.source == "zoo:digits"
    assert read.models[0].data.score == "accuracy"


def test_a_model_with_quotes_and_spaces_in_its_path_is_written_as_valid_toml() -> None:
    """Any file name a user can have goes into a TOML string."""
    file = Path('my "best" model é.tflite')
    file.write_bytes(b"\x1c\x00\x00\x00TFL3")
    read = suite.read(init.write(str(file), None)).suite

    assert read.models[0].source == str(file)
    assert read.models[0].name == "my-best-model"


def test_a_suite_in_another_folder_still_finds_the_model() -> None:
    """Paths in a suite are relative to it, so one written elsewhere holds the absolute path."""
    Path("m.tflite").write_bytes(b"\x1c\x00\x00\x00TFL3")
    Path("elsewhere").mkdir()
    read = suite.read(init.write("m.tflite", Path("elsewhere/s.toml"))).suite

    assert read.models[0].source == str(Path("m.tflite").resolve())


def test_a_suite_that_is_there_is_not_overwritten_unless_told() -> None:
    """Nothing of the user's is lost."""
    Path("digits-cnn.toml").write_text("mine")

    with pytest.raises(SuiteError, match="is there already"):
        init.write("zoo:digits-cnn", None)
    init.write("zoo:digits-cnn", None, force=True)

    assert suite.read(Path("digits-cnn.toml")).suite.suite.name == "digits-cnn"


def test_a_model_that_is_not_there_is_an_error_before_anything_is_written() -> None:
    """No suite is left behind for a model that cannot be opened."""
    with pytest.raises(SourceError):
        init.write("none.keras", None)

    assert list(Path().iterdir()) == []
