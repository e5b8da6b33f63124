"""The cache folder: made once, whole or not at all."""

import errno
import hashlib
import importlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from pocketbench import cache
from pocketbench.errors import CacheError, UnknownName


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of its own for each test."""
    monkeypatch.setenv("POCKETBENCH_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def writes(text: str) -> Callable[[Path], object]:
    """A maker of one small file."""
    return lambda folder: (folder / "file.txt").write_text(text)


def left(root: Path) -> list[str]:
    """Everything below a cache but locks and empty folders."""
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and not {".locks", ".used"} & set(path.parts))


def child(program: str, *words: str) -> "subprocess.Popen[str]":
    """Start a Python that uses this cache; its program prints when it has come somewhere and reads a line to go on."""
    begin = "import sys; from pathlib import Path; from pocketbench import cache\n"
    return subprocess.Popen([sys.executable, "-c", begin + program, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def line(process: "subprocess.Popen[str]") -> str:
    """The next line that a child prints."""
    assert process.stdout
    return process.stdout.readline().strip()


def finish(process: "subprocess.Popen[str]") -> str:
    """Let a child go on, and give all it still prints."""
    said, _ = process.communicate("go on\n", timeout=60)
    return said.strip()


MAKE_SLOWLY = """
def make(folder):
    (folder / "half.txt").write_text("half")
    print("half", flush=True)
    sys.stdin.readline()
    (folder / "file.txt").write_text("child")
print(cache.made("things", "key", make)[1])
"""
HOLD = """
cache.made("things", sys.argv[1], lambda folder: (folder / "file.txt").write_text("child"))
print("has it", flush=True)
sys.stdin.readline()
"""


def test_what_was_made_is_found_again(root: Path) -> None:
    """The second call makes nothing."""
    first = cache.made("things", "key", writes("one"))
    second = cache.made("things", "key", writes("two"))

    assert (first, second) == ((root / "things" / "key", True), (root / "things" / "key", False))
    assert cache.folder("things", "key") == first[0]
    assert (first[0] / "file.txt").read_text() == "one"


def test_force_makes_it_again(root: Path) -> None:
    """And the old one is gone."""
    cache.made("things", "key", writes("one"))

    folder, now = cache.made("things", "key", writes("two"), force=True)

    assert now
    assert (folder / "file.txt").read_text() == "two"
    assert left(root) == ["things/key/file.txt"]


def test_a_maker_that_raises_leaves_nothing(root: Path) -> None:
    """Its own error comes through, and the next may try."""

    def fail(folder: Path) -> None:
        (folder / "half.txt").write_text("half")
        raise KeyError("layer 3")

    with pytest.raises(KeyError, match="layer 3"):
        cache.made("things", "key", fail)

    assert left(root) == []
    assert cache.made("things", "key", writes("one"))[1]


def test_a_maker_that_raises_leaves_the_old_entry(root: Path) -> None:
    """Forcing does not cost what was there."""
    cache.made("things", "key", writes("one"))

    with pytest.raises(ZeroDivisionError):
        cache.made("things", "key", lambda _: 1 / 0, force=True)

    assert cache.made("things", "key", writes("two"))[1] is False
    assert left(root) == ["things/key/file.txt"]


def test_two_processes_make_a_key_once(root: Path) -> None:
    """The second waits, and is given what the first made."""
    first = child(MAKE_SLOWLY)
    assert line(first) == "half"
    second = child('print("asks", flush=True); print(cache.made("things", "key", lambda folder: (folder / "file.txt").write_text("second"))[1])')
    assert line(second) == "asks"

    assert finish(first) == "True"
    assert finish(second) == "False"
    assert (root / "things" / "key" / "file.txt").read_text() == "child"


def test_many_threads_make_a_key_once() -> None:
    """Devices run in parallel in one process."""
    made: list[int] = []
    given: list[bool] = []
    begin = threading.Barrier(4)

    def ask() -> None:
        begin.wait()
        given.append(cache.made("things", "key", lambda _: made.append(1))[1])

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert made == [1]
    assert sorted(given) == [False, False, False, True]


def test_a_process_killed_while_making_leaves_no_entry_and_the_next_succeeds(root: Path) -> None:
    """What it left half-made is removed by the next that makes something of the kind."""
    killed = child(MAKE_SLOWLY)
    assert line(killed) == "half"
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert not cache.folder("things", "key").exists()
    assert len(left(root)) == 1

    cache.made("things", "other", writes("other"))
    assert left(root) == ["things/other/file.txt"]
    assert cache.made("things", "key", writes("one"))[1]


def test_what_another_process_is_making_is_not_swept_away(root: Path) -> None:
    """Half-made and alive is not half-made and dead."""
    other = child(MAKE_SLOWLY)
    assert line(other) == "half"

    cache.made("things", "mine", writes("mine"))
    cache.clean()

    assert finish(other) == "True"
    assert left(root) == ["things/key/file.txt", "things/key/half.txt"]


def test_size_counts_entries_and_bytes_of_each_kind(root: Path) -> None:
    """Nothing at all before there is a cache."""
    assert cache.size() == {}
    cache.made("things", "one", writes("12345"))
    cache.made("things", "two", writes("123"))
    cache.made("others", "one", writes("1"))

    assert cache.size() == {"others": (1, 1), "things": (2, 8)}


def test_clean_frees_all_or_some_kinds(root: Path) -> None:
    """And says how many bytes."""
    cache.made("things", "one", writes("12345"))
    cache.made("others", "one", writes("1"))

    assert cache.clean(["things"]) == 5
    assert left(root) == ["others/one/file.txt"]
    assert cache.clean() == 1
    assert left(root) == []


def test_clean_of_an_unknown_kind_names_the_known_ones(root: Path) -> None:
    """A misspelt kind frees nothing in silence."""
    cache.made("artifacts", "one", writes("1"))

    with pytest.raises(UnknownName, match="holds no 'artefacts'; it holds: artifacts") as caught:
        cache.clean(["artefacts"])

    assert caught.value.hint == "did you mean 'artifacts'?"
    with pytest.raises(UnknownName):
        cache.clean(["../.."])


def test_clean_skips_a_locked_entry(root: Path) -> None:
    """Somebody is at work on it."""
    cache.made("things", "one", writes("1"))
    cache.made("things", "two", writes("2"))

    with FileLock(root / "things" / ".locks" / "one"):
        assert cache.clean() == 1

    assert left(root) == ["things/one/file.txt"]


def test_clean_leaves_what_another_living_process_was_given(root: Path) -> None:
    """A run that is going on in another terminal keeps its artifacts; a dead one has no claim."""
    cache.made("things", "free", writes("1"))
    holder = child(HOLD, "held")
    assert line(holder) == "has it"

    cache.clean()
    assert left(root) == ["things/held/file.txt"]

    finish(holder)
    assert cache.clean() == 5
    assert left(root) == []


def test_a_scratch_folder_is_left_alone_and_then_removed(root: Path) -> None:
    """Cleaning during a run does not take its work away."""
    with cache.scratch() as folder:
        (folder / "input.bin").write_bytes(b"12")
        assert cache.clean() == 0
        assert (folder / "input.bin").exists()

    assert not folder.exists()
    assert [path for path in root.rglob("*") if path.is_file()] == []


def test_a_scratch_folder_of_a_killed_process_is_cleaned(root: Path) -> None:
    """Its lock went with it."""
    killed = child('with cache.scratch() as folder:\n    (folder / "x").write_text("1"); print("in", flush=True); sys.stdin.readline()')
    assert line(killed) == "in"
    killed.send_signal(signal.SIGKILL)
    killed.communicate()

    assert cache.clean() == 1
    assert left(root) == []


@pytest.mark.parametrize("name", ["", "..", ".hidden", "a/b", "a\0b", "-x"])
def test_a_key_that_is_no_plain_name_is_refused(name: str) -> None:
    """No key leads out of the cache."""
    with pytest.raises(ValueError, match="is no name"):
        cache.made("things", name, writes("1"))


def test_a_cache_that_cannot_be_written_is_told_with_its_folder_and_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """/proc takes no folders, from root neither."""
    monkeypatch.setenv("POCKETBENCH_CACHE", "/proc/pocketbench")

    with pytest.raises(CacheError, match="/proc/pocketbench/things/key") as caught:
        cache.made("things", "key", writes("1"))

    assert "export POCKETBENCH_CACHE=" in caught.value.hint


def test_a_cache_folder_that_is_a_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong variable is no traceback."""
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("POCKETBENCH_CACHE", str(tmp_path / "file"))

    with pytest.raises(CacheError, match="file"):
        cache.made("things", "key", writes("1"))


def test_a_full_disk_is_told_and_leaves_nothing(root: Path) -> None:
    """/dev/full is always full."""
    with pytest.raises(CacheError, match=os.strerror(errno.ENOSPC)) as caught:
        cache.made("things", "key", lambda _: Path("/dev/full").write_bytes(b"x"))

    assert "pocketbench cache clean" in caught.value.hint
    assert left(root) == []


def test_a_makers_own_error_of_the_system_is_not_the_caches(root: Path) -> None:
    """A source that is not there is not a cache that cannot be written."""
    with pytest.raises(FileNotFoundError):
        cache.made("things", "key", lambda _: Path("/no/such/source").read_bytes())


def test_the_cache_is_the_systems_unless_told_otherwise(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the variable, anywhere."""
    assert cache.root() == tmp_path / "cache"
    monkeypatch.delenv("POCKETBENCH_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    assert cache.root() == tmp_path / "xdg" / "pocketbench"


def test_a_files_hash_is_that_of_its_bytes(tmp_path: Path) -> None:
    """Larger than one piece."""
    (tmp_path / "file").write_bytes(b"x" * 3_000_000)

    assert cache.sha256_of(tmp_path / "file") == hashlib.sha256(b"x" * 3_000_000).hexdigest()


def test_a_folders_hash_covers_names_and_contents_and_nothing_else(tmp_path: Path) -> None:
    """Not the order in which files were written, nor where a name ends and contents begin."""

    def hash_of(name: str, files: dict[str, str]) -> str:
        for file, text in files.items():
            (tmp_path / name / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / file).write_text(text)
        return cache.sha256_of(tmp_path / name)

    first = hash_of("first", {"a": "1", "b/c": "2"})

    assert hash_of("second", {"b/c": "2", "a": "1"}) == first
    different = {hash_of("third", {"a": "2", "b/c": "1"}), hash_of("fourth", {"a": "1", "b": "c2"}), hash_of("fifth", {"a1": "", "b/c": "2"})}
    assert len(different | {first}) == 4


def test_links_and_special_files_are_not_hashed(tmp_path: Path) -> None:
    """What they hold may change while the key stays."""
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / "link").symlink_to(tmp_path)
    (tmp_path / "pipes").mkdir()
    os.mkfifo(tmp_path / "pipes" / "pipe")

    for path in (tmp_path / "links", tmp_path / "pipes", tmp_path / "pipes" / "pipe"):
        with pytest.raises(CacheError):
            cache.sha256_of(path)


def test_a_file_that_is_not_there_is_told_when_it_is_hashed(tmp_path: Path) -> None:
    """By name."""
    with pytest.raises(CacheError, match="nothing"):
        cache.sha256_of(tmp_path / "nothing")


def test_a_key_depends_on_its_parts_and_not_on_their_order() -> None:
    """And takes JSON's types only."""
    assert cache.key_of({"a": 1, "b": ["x"]}) == cache.key_of({"b": ["x"], "a": 1})
    assert cache.key_of({"a": 1}) != cache.key_of({"a": "1"})
    with pytest.raises(TypeError):
        cache.key_of({"a": {1, 2}})


class Adapter:
    """An adapter written in this file."""


def test_an_adapters_code_is_the_file_that_it_is_written_in() -> None:
    """So that a changed adapter converts anew."""
    assert cache.code_of(Adapter()) == cache.code_of(sys.modules[__name__])
    assert cache.code_of(Adapter()) != cache.code_of(Adapter(), cache)


def test_the_code_of_a_package_changes_with_any_of_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package is its folder."""
    (tmp_path / "some_package").mkdir()
    (tmp_path / "some_package" / "__init__.py").write_text("")
    (tmp_path / "some_package" / "part.py").write_text("a = 1")
    monkeypatch.syspath_prepend(tmp_path)
    package = importlib.import_module("some_package")
    before = cache.code_of(package)
    (tmp_path / "some_package" / "part.py").write_text("a = 2")

    assert cache.code_of(package) != before


def test_a_device_is_used_by_one_process_at_a_time_and_the_other_is_told() -> None:
    """Two runs that measured at once would measure each other."""
    told: list[str] = []
    code = "import sys; from pocketbench import cache\nwith cache.alone('host', waiting=lambda: print('waits', flush=True)):\n    print('has it', flush=True)"
    with cache.alone("host", waiting=lambda: told.append("waits")):
        other = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert other.stdout is not None
        first = other.stdout.readline()
    rest, _ = other.communicate(timeout=60)

    assert (first, rest, told) == ("waits\n", "has it\n", [])


def test_what_a_killed_process_left_in_its_scratch_folder_is_removed_by_the_next() -> None:
    """A folder that nobody holds is nobody's; one in use stays."""
    with cache.scratch() as used:
        left = used.parent / "1-left"
        left.mkdir()
        (left / "model.tflite").write_bytes(b"x" * 100)
        with cache.scratch():
            assert not left.exists()
            assert used.exists()
