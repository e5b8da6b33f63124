"""Suite files."""

import json
import tomllib
from pathlib import Path

import jsonschema
import pytest

from pocketbench import suite
from pocketbench.errors import SuiteError

GOOD = """
[suite]
name = "digits"

[[model]]
name = "digits-cnn"
source = "zoo:digits-cnn"
frameworks = ["keras"]
data = { source = "zoo:digits", calibration = 200, scoring = 450, score = "accuracy" }
train = { rows = 1000, epochs = 2 }

[matrix]
formats = ["tflite"]
techniques = ["float32", "int8"]

[matrix.detail]
techniques = ["float32"]
threads = [1, 2]
xnnpack = ["on", "off"]

[[except]]
format = "tflite"
technique = "int8"
why = "a reason"

[measure]
processes = 5
budget = "1500ms"
"""


def parse(text: str) -> suite.Suite:
    """Parse a suite's text as a file named s.toml."""
    return suite.parse(text, file="s.toml", base=Path()).suite


def test_every_table_of_a_suite_is_read() -> None:
    """What a suite says is what the structs hold."""
    read = parse(GOOD)

    assert read.suite.name == "digits"
    assert read.models[0].data.calibration == 200
    assert read.models[0].train is not None
    assert read.matrix.detail["threads"] == (1, 2)
    assert read.excepts[0].format_ == "tflite"
    assert read.measure.processes == 5


@pytest.mark.parametrize(
    ("right", "wrong", "message", "hint"),
    [
        ("calibration = 200", "calibratoin = 200", "s.toml: unknown key 'model 1.data.calibratoin'", "'calibration'"),
        ("[matrix]", "[matirx]", "s.toml: unknown key 'matirx'", "'matrix'"),
        ("processes = 5", "proceses = 5", "s.toml: unknown key 'measure.proceses'", "'processes'"),
        ('format = "tflite"', 'formt = "tflite"', "s.toml: unknown key 'except 1.formt'", "'format'"),
        ("scoring = 450", 'scoring = "many"', "s.toml: model 1.data.scoring: Expected `int | null`, got `str`", ""),
        ("scoring = 450", "scoring = 0", "s.toml: model 1.data.scoring: Expected `int` >= 1", ""),
        ('why = "a reason"', "", "s.toml: except 1: Object missing required field `why`", ""),
        ('name = "digits-cnn"', 'name = "digits cnn"', "s.toml: model 1.name: Expected `str` matching regex", ""),
        ('budget = "1500ms"', 'budget = "soon"', "s.toml: measure.budget: 'soon' is not a duration", "2s"),
        ('techniques = ["float32", "int8"]', 'techniques = "int8"', 'neither "all" nor a list', 'techniques = ["int8"]'),
        ('budget = "1500ms"', f'budget = "{"9" * 400}s"', "is not a duration", "2s"),
        ('techniques = ["float32", "int8"]', "accelerators = []", "s.toml: matrix.accelerators: Expected `array` of length >= 1", ""),
        ("[suite]", "[suite", "s.toml: not TOML", ""),
        ("[suite]", f"x = {'[' * 9000}", "s.toml: not TOML", ""),
    ],
)
def test_a_mistake_names_file_key_and_the_nearest_right_answer(right: str, wrong: str, message: str, hint: str) -> None:
    """Each mistake is answered by where it is and what is right."""
    with pytest.raises(SuiteError) as raised:
        parse(GOOD.replace(right, wrong, 1))

    assert message in raised.value.message
    assert hint in raised.value.hint


def test_a_suite_of_absurd_size_is_refused(tmp_path: Path) -> None:
    """No more of it is read than a suite may have."""
    (tmp_path / "s.toml").write_text("#" * (suite.MAX_BYTES + 1))

    with pytest.raises(SuiteError, match="larger than"):
        suite.read(tmp_path / "s.toml")


def test_two_models_of_one_name_are_refused() -> None:
    """Job ids would not be unique."""
    model = '[[model]]\nname = "digits-cnn"\nsource = "zoo:digits-cnn"\n'

    with pytest.raises(SuiteError, match="two models named 'digits-cnn'"):
        parse(GOOD + model)


def test_a_suite_that_is_not_there_says_how_to_make_one(tmp_path: Path) -> None:
    """The first error a new user sees is an instruction."""
    with pytest.raises(SuiteError, match="cannot be read") as raised:
        suite.read(tmp_path / "none.toml")

    assert "pocketbench init" in raised.value.hint


def test_a_suite_whose_name_was_mistyped_is_told_with_the_nearest_one_beside_it(tmp_path: Path) -> None:
    """In the words of the operating system, and no number of its own."""
    (tmp_path / "demo.toml").touch()
    with pytest.raises(SuiteError, match=r"dem\.toml: cannot be read: no such file or directory\n") as raised:
        suite.read(tmp_path / "dem.toml")

    assert raised.value.hint == f"did you mean '{tmp_path / 'demo.toml'}'?"


@pytest.mark.parametrize(("text", "expected"), [("500ms", 0.5), ("2s", 2), ("10min", 600), ("10m", 600), ("1.5h", 5400)])
def test_durations_are_read_as_seconds(text: str, expected: float) -> None:
    """The units people write are understood."""
    assert suite.seconds(text) == expected


@pytest.mark.parametrize("text", ["0%", "101%", "half", "5"])
def test_a_share_that_is_none_is_refused(text: str) -> None:
    """A precision is a percentage above 0 and up to 100."""
    with pytest.raises(SuiteError, match="is not a percentage"):
        suite.share(text)


def test_the_published_schema_is_that_of_the_code_and_accepts_every_suite_shipped(project: Path) -> None:
    """docs/schemas/suite.schema.json is generated: it is never behind the code, and our own suites keep to it."""
    published = json.loads((project / "docs/schemas/suite.schema.json").read_text())
    suites = sorted((project / "suites").glob("*.toml"))

    assert published == json.loads(json.dumps(suite.schema()))
    assert suites
    for file in suites:
        jsonschema.validate(tomllib.loads(file.read_text()), published)


def test_the_hash_changes_with_the_text() -> None:
    """A resumed run can tell that its suite was changed."""
    one = suite.parse(GOOD, file="s.toml", base=Path())
    other = suite.parse(GOOD + "\n", file="s.toml", base=Path())

    assert one.hash != other.hash
