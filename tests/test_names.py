"""Names in a suite that nothing has."""

import json
from pathlib import Path

import pytest

from pocketbench import names, suite
from pocketbench.errors import SourceError, SuiteError


def wished(extra: str = "", *, source: str = "zoo:digits-cnn", model: str = "") -> suite.SuiteFile:
    """A suite of one model, in a file named s.toml."""
    text = f'[suite]\nname = "s"\n[[model]]\nname = "m"\nsource = {json.dumps(source)}\n{model}\n{extra}'
    return suite.parse(text, file="s.toml", base=Path())


@pytest.mark.parametrize(
    ("extra", "message", "hint"),
    [
        (
            '[[model]]\nname = "n"\nsource = "zoo:digits-cnn"\ntrain = { rows = 9, optimizer = "adm" }',
            "model 'n': train.optimizer: no optimizer named 'adm'",
            "adam",
        ),
        ('[[model]]\nname = "n"\nsource = "zoo:digits-cnn"\ntrain = { rows = 9, loss = "hubber" }', "model 'n': train.loss: no loss named 'hubber'", "huber"),
        ('[matrix]\nformats = ["tflit"]', "s.toml: matrix.formats: no format named 'tflit'; known:", "tflite"),
        ('[matrix]\nengines = ["litrt"]', "s.toml: matrix.engines: no engine named 'litrt'; known:", "litert"),
        ('[matrix]\ntechniques = ["flaot32"]', "s.toml: matrix.techniques: no technique step named 'flaot32'", "float32"),
        ('[matrix]\naccelerators = ["cpuu"]', "s.toml: matrix.accelerators: no accelerator named 'cpuu'", "cpu"),
        ('[matrix.detail]\ntechniques = ["int8"]\nxnnpak = ["on"]', "s.toml: matrix.detail: unknown key 'xnnpak'", "xnnpack"),
        ('[matrix.detail]\ntechniques = ["int8"]\nxnnpack = ["onn"]', "s.toml: matrix.detail.xnnpack: no value 'onn'; known: off, on", "on"),
        (
            '[matrix.detail]\ntechniques = ["int8"]\nnnapi_accelerator = ["a/b"]',
            "s.toml: matrix.detail.nnapi_accelerator: 'a/b' is no name of a device's",
            "",
        ),
        ('[matrix.detail]\ntechniques = ["int8"]\nthreads = [0]', "s.toml: matrix.detail.threads: 0 is not a number of threads from 1 to 256", ""),
        (
            '[matrix]\ntechniques = ["int8"]\n[matrix.detail]\ntechniques = ["int8"]\nasked_by = ["app"]\nserve = ["off"]',
            "s.toml: matrix.detail.asked_by says who asks a service, and there is none",
            'serve = ["socket"]',
        ),
        ("[matrix.detail]\nthreads = [2]", "s.toml: matrix.detail names no techniques", "techniques ="),
        (
            '[matrix]\ntechniques = ["int8"]\n[matrix.detail]\ntechniques = ["uint8"]',
            "s.toml: matrix.detail.techniques: not among matrix.techniques: 'uint8'",
            "int8",
        ),
        ('[[except]]\ntechnique = "int16_x8"\nwhy = "x"', "s.toml: except 1.technique: no technique step named 'int16_x8'", "int16x8"),
        ('[[except]]\nengine = "tflight"\nwhy = "x"', "s.toml: except 1.engine: no engine named 'tflight'", ""),
        ('[[except]]\noptions = { xnpack = "on" }\nwhy = "x"', "s.toml: except 1.options: unknown key 'xnpack'", "xnnpack"),
        ('[[except]]\noptions = { xnnpack = "yes" }\nwhy = "x"', "s.toml: except 1.options.xnnpack: ", ""),
        ('[[except]]\naccelerator = "gpuu"\nwhy = "x"', "s.toml: except 1.accelerator: no accelerator named 'gpuu'", "gpu"),
        ('[measure]\nallow = ["NOOPP"]', "s.toml: measure.allow: no flaw named 'NOOPP'", "NOOP"),
    ],
)
def test_a_name_that_does_not_exist_is_an_error_with_file_key_and_the_nearest(extra: str, message: str, hint: str) -> None:
    """A typo ends before anything is done."""
    with pytest.raises(SuiteError) as raised:
        names.check(wished(extra))

    assert message in raised.value.message
    assert hint in raised.value.hint


def test_an_unknown_score_names_the_model() -> None:
    """Before anything is opened."""
    with pytest.raises(SuiteError, match=r"s\.toml: model 'm': .*no score named 'acuracy'"):
        names.check(wished(model='data = { source = "zoo:digits", score = "acuracy" }'))


def test_a_framework_that_the_source_does_not_exist_in_is_an_error() -> None:
    """The zoo says which there are."""
    with pytest.raises(SuiteError, match=r"s\.toml: model 'm': zoo:digits-cnn does not exist in framework 'torhc'; known: keras"):
        names.check(wished(model='frameworks = ["torhc"]'))


def test_a_source_that_is_not_there_names_file_and_model() -> None:
    """The class stays that of a source."""
    with pytest.raises(SourceError, match=r"s\.toml: model 'm': "):
        names.check(wished(source="zoo:digits-cn"))


def test_a_suite_without_mistakes_passes() -> None:
    """Every kind of name at once."""
    names.check(wished('[matrix.detail]\ntechniques = ["int8"]\nthreads = [1, 2]\n[[except]]\nformat = "tflite"\nwhy = "x"\n[measure]\nallow = ["NOOP"]'))


@pytest.mark.parametrize(
    ("source", "model", "message", "hint"),
    [
        ("zoo:digits-cnn", 'weights = "w.pt"', "model 'm': weights: a zoo model has its own", "weights is for a Python function"),
        ("zoo:digits-cnn", 'shapes = ["1x3"]', "model 'm': shapes: a zoo model has its own", "a torch file"),
        ("python:made:line", 'shapes = ["3,224"]', "model 'm': shapes: '3,224' is no shape", '"1x3x224x224"'),
        ("python:made:line", 'weights = "none.pt"', "none.pt: there is no such file", ""),
    ],
)
def test_what_is_said_of_a_torch_model_is_checked_before_anything_is_opened(
    source: str, model: str, message: str, hint: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Weights and shapes are of functions and files; others have their own."""
    (tmp_path / "made.py").write_text("import torch\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises((SuiteError, SourceError)) as caught:
        names.check(wished(source=source, model=model))
    assert message in str(caught.value)
    assert hint in caught.value.hint
