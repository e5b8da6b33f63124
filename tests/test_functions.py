"""Users' functions: found without importing, called with errors that name the line."""

import sys
from pathlib import Path

import pytest

from pocketbench import functions
from pocketbench.errors import DataError, SourceError


@pytest.fixture(autouse=True)
def own_imports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Forget the folders and modules that a test imports, and start outside them."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    for name in ("my_models", "mine", "mine.nets", "mine.sizes"):
        monkeypatch.delitem(sys.modules, name, raising=False)


def written(folder: Path, text: str, name: str = "my_models.py") -> Path:
    """Write a user's module."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return file


def test_a_function_is_found_without_importing_its_module(tmp_path: Path) -> None:
    """Finding reads no code: a module that raises is found all the same."""
    file = written(tmp_path, "raise RuntimeError('imported')\n")
    found = functions.find("python:my_models:build", tmp_path, SourceError)
    assert (found.file, found.module, found.name) == (file, "my_models", "build")
    assert "my_models" not in sys.modules


def test_the_suites_folder_goes_before_the_current_one(tmp_path: Path) -> None:
    """A module of the same name in both is taken from the suite's folder."""
    written(tmp_path, "def build():\n    return 'suite'\n")
    written(Path.cwd(), "def build():\n    return 'here'\n")
    assert functions.find("python:my_models:build", tmp_path, SourceError).call() == "suite"


def test_two_folders_may_each_have_a_module_of_the_same_name(tmp_path: Path) -> None:
    """Each function is of its own folder, whichever was imported last."""
    for name in ("one", "other"):
        written(tmp_path / name, f"def build():\n    return {name!r}\n")

    for name in ("one", "other", "one", "other"):
        assert functions.find("python:my_models:build", tmp_path / name, SourceError).call() == name


def test_a_module_in_the_current_folder_is_found(tmp_path: Path) -> None:
    """Without one in the suite's folder, the current folder's module is taken."""
    written(Path.cwd(), "def build():\n    return 'here'\n")
    assert functions.find("python:my_models:build", tmp_path, SourceError).call() == "here"


def test_a_module_inside_a_package_may_import_its_siblings(tmp_path: Path) -> None:
    """Dotted modules and their relative imports work."""
    written(tmp_path, "", "mine/__init__.py")
    written(tmp_path, "SIZE = 7\n", "mine/sizes.py")
    written(tmp_path, "from .sizes import SIZE\ndef build(x):\n    return SIZE + x\n", "mine/nets.py")
    assert functions.find("python:mine.nets:build", tmp_path, SourceError).call(1) == 8


def test_an_edited_module_is_imported_anew(tmp_path: Path) -> None:
    """A second call sees what the file says then, and leaves no byte code beside it."""
    for answer in (1, 2):
        written(tmp_path, f"def build():\n    return {answer}\n")
        assert functions.find("python:my_models:build", tmp_path, SourceError).call() == answer
    assert not (tmp_path / "__pycache__").exists()


def test_a_missing_module_names_the_nearest_file(tmp_path: Path) -> None:
    """A misspelt module is told with the file that is there."""
    written(tmp_path, "")
    with pytest.raises(SourceError, match=r"there is no my_model\.py in") as raised:
        functions.find("python:my_model:build", tmp_path, SourceError)
    assert raised.value.hint == "did you mean 'my_models'?"


@pytest.mark.parametrize("text", ["python:", "python:my_models", "python:my_models:", "python:a-b:c", "python:../x:f", "python:a:b:c"])
def test_what_names_no_function_is_refused(tmp_path: Path, text: str) -> None:
    """A text that is not python:module:function is told how to be one."""
    with pytest.raises(DataError, match="names no function") as raised:
        functions.find(text, tmp_path, DataError)
    assert "python:module:function" in raised.value.hint


def test_a_module_named_like_one_of_pythons_own_is_refused(tmp_path: Path) -> None:
    """Importing types.py would give Python's own module, so it is refused by name."""
    written(tmp_path, "", "types.py")
    with pytest.raises(SourceError, match="module of Python itself"):
        functions.find("python:types:build", tmp_path, SourceError)


def test_a_missing_function_names_the_nearest(tmp_path: Path) -> None:
    """A misspelt function is told with the one that is there."""
    written(tmp_path, "def build():\n    return 1\n")
    with pytest.raises(SourceError, match="has no function 'bild'") as raised:
        functions.find("python:my_models:bild", tmp_path, SourceError).call()
    assert raised.value.hint == "did you mean 'build'?"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("def build():\n    x = 1\n    return x / 0\n", r"build\(\) of my_models\.py raised ZeroDivisionError: .* \(my_models\.py, line 3: return x / 0\)"),
        ("import no_such_module\n", r"importing my_models\.py raised ModuleNotFoundError: .*no_such_module.* \(my_models\.py, line 1"),
        ("def build(:\n", r"importing my_models\.py raised SyntaxError: .* \(my_models\.py, line 1\)"),
        ("def build():\n    raise SystemExit(3)\n", r"raised SystemExit: 3 \(my_models\.py, line 2"),
    ],
)
def test_what_a_function_raises_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    """The message has the exception and the line of the user's own file."""
    written(tmp_path, text)
    with pytest.raises(SourceError, match=told):
        functions.find("python:my_models:build", tmp_path, SourceError).call()


def test_a_function_is_given_what_it_has_a_parameter_for(tmp_path: Path) -> None:
    """One that asks for the framework is told it, another is called as before; what does not say is called without."""
    (tmp_path / "asking.py").write_text("def told(framework):\n    return framework\n\n\ndef plain():\n    return 1\n\n\nkind = type\n")

    assert functions.find("python:asking:told", tmp_path, SourceError).call(framework="torch") == "torch"
    assert functions.find("python:asking:plain", tmp_path, SourceError).call(framework="torch") == 1
