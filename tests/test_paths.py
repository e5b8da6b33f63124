"""Paths that users write, and what the system will not look at."""

import os
from pathlib import Path

import pytest

from pocketbench import paths
from pocketbench.errors import DataError, SourceError

AS_USER = pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")


def test_paths_are_relative_to_the_folder_given(tmp_path: Path) -> None:
    """There or not; an absolute one is as it is."""
    assert paths.path_of("a/b.npz", tmp_path, DataError) == tmp_path / "a" / "b.npz"
    assert paths.path_of("/a/b.npz", tmp_path, DataError) == Path("/a/b.npz")


def test_a_tilde_is_the_users_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a shell."""
    monkeypatch.setenv("HOME", str(tmp_path))
    assert paths.path_of("~/a.npz", Path("/elsewhere"), DataError) == tmp_path / "a.npz"


@pytest.mark.parametrize(
    ("text", "said"), [("~nosuch/x.keras", "home"), ("x" * 300, "too long"), ("a\0b", "null"), ("/".join(["d" * 200] * 30), "too long"), ("loop/x", "symbolic")]
)
def test_what_no_file_can_be_is_an_error_of_the_kind_wanted(tmp_path: Path, text: str, said: str) -> None:
    """A user who does not exist, names that are too long, a null byte, a link to itself; the message stays short."""
    (tmp_path / "loop").symlink_to("loop")
    for error in (SourceError, DataError):
        with pytest.raises(error, match=said) as raised:
            paths.path_of(text, tmp_path, error)
        assert raised.value.message.startswith(repr(text[:20])[:20])
        assert len(raised.value.message) < 200


def test_a_file_under_a_file_is_not_there(tmp_path: Path) -> None:
    """It is a path like any other that leads nowhere."""
    (tmp_path / "file").touch()
    assert not paths.path_of("file/x", tmp_path, DataError).exists()


def test_what_cannot_be_opened_is_told_in_the_systems_words(tmp_path: Path) -> None:
    """Here because it is a folder."""
    with pytest.raises(DataError, match=r"cannot be read: Is a directory"):
        paths.check_readable(tmp_path, DataError)
    (tmp_path / "file").write_bytes(b"1")
    paths.check_readable(tmp_path / "file", DataError)


@AS_USER
def test_a_file_without_permission_is_told(tmp_path: Path) -> None:
    """The file's own, and its folder's."""
    file = tmp_path / "folder" / "file"
    file.parent.mkdir()
    file.touch(0o000)
    with pytest.raises(DataError, match="Permission denied"):
        paths.check_readable(file, DataError)
    file.parent.chmod(0o000)
    with pytest.raises(DataError, match="Permission denied"):
        paths.path_of("folder/file", tmp_path, DataError)
    file.parent.chmod(0o700)


def test_the_nearest_name_of_the_folder_is_offered(tmp_path: Path) -> None:
    """Nothing where the folder is not there, or holds nothing like it."""
    (tmp_path / "rows.npz").touch()
    assert paths.neighbour(tmp_path / "rows.nzp") == "did you mean 'rows.npz'?"
    assert paths.neighbour(tmp_path / "absent" / "rows.npz") == paths.neighbour(tmp_path / "else") == ""
