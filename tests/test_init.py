"""A suite for a model, to edit."""

import json
from pathlib import Path

import pytest

from pocketbench import init, scoring, suite, zoo
from pocketbench.errors import SourceError, SuiteError
from pocketbench.formats import FORMATS


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


def test_every_zoo_model_has_data_of_its_own_to_be_scored_on() -> None:
    """Rows that it was not trained on, and a score that there is."""
    for model in zoo.MODELS:
        data = suite.parse(init.text(f"zoo:{model.name}"), file="s.toml", base=Path.cwd()).suite.models[0].data
        assert (data.source, data.calibration, data.scoring) == (f"zoo:{model.data}", model.calibration, model.scoring)
        assert data.score in scoring.SCORES.names()


def test_the_techniques_offered_are_those_of_the_formats() -> None:
    """And so are the formats; scores are explained where there are no data."""
    Path("m.tflite").write_bytes(b"\x1c\x00\x00\x00TFL3")
    text = init.text("m.tflite")
    assert json.dumps(list(FORMATS.get("tflite").techniques("keras"))) in text
    assert all(kind.does in text for kind in scoring.SCORES)
    assert suite.parse(text, file="s.toml", base=Path.cwd()).suite.matrix.formats == ("tflite",)


def test_a_keras_model_is_measured_before_and_after_conversion() -> None:
    """Its own format first; the one technique of that is no choice, so it is not offered."""
    text = init.text("zoo:digits-cnn")
    assert suite.parse(text, file="s.toml", base=Path.cwd()).suite.matrix.formats == (
        "source",
        "tflite",
        *(each.name for each in FORMATS if each.routes("torch") and each.name not in ("source", "tflite")),
    )
    assert 'frameworks = ["keras"]       # or torch' in text
    assert '"as_is"' not in text


@pytest.mark.parametrize("model", ["~nosuch/m.keras", "m" * 300, "m\0.h5"])
def test_a_model_that_no_file_can_be_is_an_error_of_the_source(model: str) -> None:
    """Before a name for the suite is made of it."""
    with pytest.raises(SourceError, match="cannot be read"):
        init.write(model, None)


def test_a_name_for_the_suite_that_is_too_long_is_an_error_of_the_suite() -> None:
    """Whether it was given or made of the model's name."""
    long = "m" * 252 + ".h5"
    Path(long).write_bytes(b"kept by keras")
    for output in (None, Path("s" * 300)):
        with pytest.raises(SuiteError, match="File name too long"):
            init.write(long, output)


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
