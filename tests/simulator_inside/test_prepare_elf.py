"""Reading ELF libraries that nobody has vouched for."""

import struct
from pathlib import Path

import pytest
from elf_made import Made, has, wants
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pocketbench.simulator.inside import elf
from pocketbench.simulator.inside.elf import Elf, NotElf, Symbol

SOME = Made(needed=("libc.so", "libm.so"), symbols=(*wants("malloc"), *wants("sin", version=None, weak=True), *has("made_up")))


def read(folder: Path, data: bytes) -> Elf:
    """Read bytes as a library."""
    file = folder / "libmade.so"
    file.write_bytes(data)
    return elf.read(file)


@pytest.mark.parametrize("gnu_hash", [False, True])
def test_a_library_says_its_name_its_needs_and_its_symbols_with_their_versions(tmp_path: Path, gnu_hash: bool) -> None:
    """Under either kind of hash table."""
    made = Made(needed=SOME.needed, symbols=SOME.symbols, gnu_hash=gnu_hash)
    found = read(tmp_path, made.data())
    assert (found.soname, found.needed, found.thread_local) == ("libmade.so", ("libc.so", "libm.so"), False)
    assert found.requires == {"libc.so": frozenset({"LIBC"})}
    assert found.symbols == (
        Symbol("malloc", 2, False, False, "LIBC"),
        Symbol("sin", 2, True, False, None),
        Symbol("made_up", 2, False, True, None),
    )


def test_the_computers_own_libc_is_read_whole() -> None:
    """A library that nobody made for this test."""
    libc = next(path for folder in ("/lib/x86_64-linux-gnu", "/lib64", "/usr/lib") if (path := Path(folder, "libc.so.6")).exists())
    found = elf.read(libc)
    names = {symbol.name for symbol in found.symbols if symbol.defined}
    assert found.soname == "libc.so.6"
    assert {"malloc", "printf", "pthread_create", "fopen"} <= names


def test_a_thread_local_segment_is_seen(tmp_path: Path) -> None:
    """The loader would place it as glibc does, not as bionic."""
    assert read(tmp_path, Made(thread_local=True).data()).thread_local


@pytest.mark.parametrize("length", [0, 3, 16, 60, 64, 100, 180, 250, 400])
def test_a_library_that_ends_too_early_is_none(tmp_path: Path, length: int) -> None:
    """Wherever it ends."""
    with pytest.raises(NotElf, match=r"libmade\.so: "):
        read(tmp_path, SOME.data()[:length])


@pytest.mark.parametrize(
    ("place", "value", "word"),
    [
        (4, b"\x01", "no 64-bit"),
        (18, b"\xb7\x00", "x86_64"),
        (16, b"\x02\x00", "x86_64"),
        (54, b"\x01\x00", "program headers"),
        (56, b"\xff\xff", "program headers"),
        (64 + 16, b"\xff" * 8, "in none of its segments"),
    ],
)
def test_a_head_that_lies_is_refused_in_words(tmp_path: Path, place: int, value: bytes, word: str) -> None:
    """Another processor's, another size of words, headers or places outside the file."""
    data = SOME.data()
    with pytest.raises(NotElf, match=word):
        read(tmp_path, data[:place] + value + data[place + len(value) :])


@pytest.mark.parametrize("gnu_hash", [False, True])
def test_a_count_of_symbols_beyond_the_file_is_refused(tmp_path: Path, gnu_hash: bool) -> None:
    """Before anything is made of that size."""
    data = Made(symbols=SOME.symbols, gnu_hash=gnu_hash).data()
    table = struct.pack("<II", 1, 4) if not gnu_hash else struct.pack("<4I", 1, 3, 1, 0)
    lie = struct.pack("<II", 1, 0x7FFFFFFF) if not gnu_hash else struct.pack("<4I", 0x7FFFFFFF, 3, 1, 0)
    with pytest.raises(NotElf):
        read(tmp_path, data.replace(table, lie, 1))


def test_names_that_lie_over_each_other_have_a_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each symbol may have the longest of them."""
    monkeypatch.setattr(elf, "MAX_NAMES", 20_000)
    assert len(read(tmp_path, Made(symbols=3 * wants("n" * 5000)).data()).symbols) == 3
    with pytest.raises(NotElf, match="names are too long"):
        read(tmp_path, Made(symbols=5 * wants("n" * 5000)).data())


@pytest.mark.parametrize("count", [0xFFFF, 0])
def test_a_chain_of_versions_is_followed_so_far_and_no_further(tmp_path: Path, count: int) -> None:
    """It would else be read for hours: each of a million steps may ask for 65,535 versions that are all the same one."""
    data, steps = bytearray(Made().data()), struct.pack("<HHIII", 1, 0, 1, 16, 16) * 5000
    place = data.index(struct.pack("<HHII", 1, 1, 1, 16))
    struct.pack_into("<HHIII", data, place, 1, count, 1, 16, len(data) - place)
    struct.pack_into("<QQ", data, 64 + 32, len(data) + len(steps), len(data) + len(steps))
    with pytest.raises(NotElf, match="too many versions"):
        read(tmp_path, bytes(data + steps))


def test_versions_that_lead_back_to_themselves_come_to_an_end(tmp_path: Path) -> None:
    """They are a list whose links are in the file."""
    data = bytearray(Made(versions=(("libc.so", ("LIBC",)), ("libm.so", ("LIBM",)))).data())
    second = data.rindex(struct.pack("<HH", 1, 1))
    struct.pack_into("<I", data, second + 12, 0xFFFFFFE0)
    with pytest.raises(NotElf):
        read(tmp_path, bytes(data))


@settings(max_examples=300, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.integers(0, 699), st.integers(0, 255)), min_size=1, max_size=12))
def test_whatever_the_bytes_are_it_is_a_library_or_a_refusal(tmp_path: Path, changes: list[tuple[int, int]]) -> None:
    """Neither another error nor a wait."""
    data = bytearray(SOME.data())
    for place, value in changes:
        data[place % len(data)] = value
    try:
        found = read(tmp_path, bytes(data))
    except NotElf:
        return
    assert len(found.symbols) < len(data)
