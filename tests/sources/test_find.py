"""Sources found without opening anything: kinds, identities, and the nearest right answer."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import tiny_tflite
from pocketbench import sources
from pocketbench.errors import SourceError


@pytest.fixture
def base(tmp_path: Path) -> Path:
    """A folder with one source of each kind, none of which is opened here."""
    (tmp_path / "model.keras").write_bytes(b"kept by keras")
    (tmp_path / "old.h5").write_bytes(b"kept by keras")
    (tmp_path / "model.tflite").write_bytes(tiny_tflite.linear(np.ones((2, 1)), np.zeros(1)))
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "saved_model.pb").write_bytes(b"graph")
    (tmp_path / "model.pt2").write_bytes(b"kept by torch")
    (tmp_path / "model.pt").write_bytes(b"kept by torch")
    (tmp_path / "my_models.py").write_text("def build(): ...\n")
    (tmp_path / "torch_models.py").write_text("def build():\n    from torch import nn\n")
    return tmp_path


@pytest.mark.parametrize(
    ("text", "kind", "frameworks"),
    [
        ("zoo:digits-cnn", "zoo model", "keras torch"),
        ("model.keras", "Keras file", "keras"),
        ("old.h5", "Keras file", "keras"),
        ("saved", "SavedModel", "keras"),
        ("saved/", "SavedModel", "keras"),
        ("model.tflite", "TensorFlow Lite file", "tflite"),
        ("model.pt2", "torch file", "torch"),
        ("model.pt", "torch file", "torch"),
        ("python:my_models:build", "Python function", "keras torch"),
        ("python:torch_models:build", "Python function", "torch keras"),
    ],
)
def test_a_sources_kind_and_frameworks_are_read_from_its_text(base: Path, text: str, kind: str, frameworks: str) -> None:
    """All kinds, relative to the suite's folder, the usual framework first; of a function it is the one that its file imports."""
    assert sources.find(text, base).name == kind
    assert sources.frameworks(text, base) == tuple(frameworks.split())
    assert sources.framework(text, base) == frameworks.split()[0]


@pytest.mark.parametrize("text", ["~nosuch/x.keras", "~nosuch/x", "x" * 300 + ".tflite", "x" * 300, "python:" + "x" * 300 + ":f", "a\0b.keras", "a\0b/"])
def test_what_no_file_can_be_is_an_error_of_the_source(base: Path, text: str) -> None:
    """A user who does not exist, names that are too long, null bytes: of files, folders and modules."""
    with pytest.raises(SourceError, match="cannot be read"):
        sources.find(text, base)


@pytest.mark.parametrize("text", ["model.keras", "zoo:digits-cnn"])
def test_a_framework_that_a_source_does_not_exist_in_is_refused(base: Path, text: str) -> None:
    """Before anything is opened, with those that there are."""
    with pytest.raises(SourceError, match=f"{text} does not exist in framework 'kears'; known: keras") as raised:
        sources.open_source(source=text, base=str(base), folder=str(base), framework="kears")
    assert raised.value.hint == "did you mean 'keras'?"


@pytest.mark.parametrize(
    ("text", "told", "hint"),
    [
        ("zoo:digit-cnn", "no zoo model named 'digit-cnn'; known: digits-attention, digits-cnn,", "did you mean 'zoo:digits-cnn'?"),
        ("digits-cnn", "is no kind of model that is known", "did you mean 'zoo:digits-cnn'?"),
        ("model.tfilte", "is no kind of model that is known; known: .keras, .h5", "did you mean '.tflite'?"),
        ("modle.keras", "modle.keras: there is no such file", "did you mean 'model.keras'?"),
        ("model.tflit", "is no kind of model", "did you mean '.tflite'?"),
        ("absent/", "absent: there is no such folder", ""),
        ("saved/saved_model.pb", "is no kind of model", "a SavedModel is the folder around it: saved"),
        ("python:my_model:build", "there is no my_model.py in", "did you mean 'my_models'?"),
        ("", "is no kind of model", "a folder is a SavedModel when it holds saved_model.pb, a TensorFlow.js model when it holds model.json"),
    ],
)
def test_what_is_not_there_names_the_nearest_right_answer(base: Path, text: str, told: str, hint: str) -> None:
    """Misspelt names, endings, files and folders."""
    with pytest.raises(SourceError) as raised:
        sources.find(text, base)
    assert told in raised.value.message
    assert raised.value.hint == hint


def test_files_that_begin_otherwise_are_refused_at_once(base: Path) -> None:
    """Empty files, and a text renamed to .tflite, are found before any worker starts."""
    (base / "model.tflite").write_text("I am no model, only a text that is long enough")
    with pytest.raises(SourceError, match="not a TensorFlow Lite file: it lacks the identifier TFL3"):
        sources.find("model.tflite", base)
    (base / "model.keras").write_bytes(b"")
    with pytest.raises(SourceError, match=r"model\.keras is empty"):
        sources.find("model.keras", base)


@pytest.mark.parametrize(("text", "file"), [("model.keras", "model.keras"), ("saved", "saved/saved_model.pb"), ("python:my_models:build", "my_models.py")])
def test_an_identity_changes_with_the_bytes_and_with_nothing_else(base: Path, text: str, file: str) -> None:
    """The same source is found again; another is not."""
    first = sources.identity(text, base)
    (base / "beside.txt").write_text("something else")
    (base / file).touch()
    assert sources.identity(text, base) == first
    (base / file).write_bytes(b"# other bytes")
    assert sources.identity(text, base) != first


def test_two_functions_of_one_module_are_two_sources(base: Path) -> None:
    """The function's name is part of the identity."""
    assert sources.identity("python:my_models:build", base) != sources.identity("python:my_models:other", base)


def test_finding_imports_nothing_heavy(base: Path) -> None:
    """Planning knows every source without NumPy or a framework."""
    code = (
        "import sys, pathlib; from pocketbench import datasets, scores, sources\n"
        "base = pathlib.Path(sys.argv[1])\n"
        "for text in ('zoo:digits-cnn', 'model.keras', 'saved', 'model.tflite', 'python:my_models:build'): sources.identity(text, base)\n"
        "datasets.identity({'source': 'zoo:digits'}, base); scores.check('accuracy', base)\n"
        "print(sorted({'numpy', 'keras', 'tensorflow', 'sklearn', 'PIL', 'ai_edge_litert'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code, str(base)], capture_output=True, text=True, check=True).stdout.strip() == "[]"
