"""Taking code out of an APK that nobody has vouched for."""

import warnings
import zipfile
from pathlib import Path

import pytest
from dex_made import DEX

from pocketbench.simulator.inside import archive
from pocketbench.simulator.inside.prepared import NotPrepared


def taken(folder: Path, *members: tuple[str, bytes]) -> tuple[tuple[str, ...], list[str], list[str]]:
    """The names that taking out says, the dex files and the libraries that there are."""
    apk, lib = folder / "some.apk", folder / "lib"
    with warnings.catch_warnings(), zipfile.ZipFile(apk, "w", zipfile.ZIP_DEFLATED) as made:
        warnings.simplefilter("ignore")  # the same name twice is what one test wants
        for name, data in members:
            made.writestr(name, data)
    lib.mkdir()
    names = archive.take(apk, folder / "dex.zip", lib)
    with zipfile.ZipFile(folder / "dex.zip") as dex:
        return names, dex.namelist(), sorted(str(path.relative_to(folder)) for path in lib.rglob("*"))


def test_dex_and_libraries_of_this_processor_are_taken_and_nothing_else(tmp_path: Path) -> None:
    """Names with folders in them are no libraries, so nothing can leave its folder."""
    found = taken(
        tmp_path, ("classes.dex", DEX), ("classes2.dex", DEX), ("assets/classes3.dex", b"3"), ("classes1.dex", b"4"), ("lib/x86_64/libb.so", b"b"),
        ("lib/x86_64/liba.so", b"a"), ("lib/arm64-v8a/liba.so", b"c"), ("lib/x86_64/../../../libup.so", b"d"), ("lib/x86_64/sub/libc.so", b"e"),
    )  # fmt: skip
    assert found == (("liba.so", "libb.so"), ["classes.dex", "classes2.dex"], ["lib/liba.so", "lib/libb.so"])


def test_an_apk_without_code_gives_nothing(tmp_path: Path) -> None:
    """Which is not wrong: many packages only bring resources."""
    assert taken(tmp_path, ("AndroidManifest.xml", b"x")) == ((), [], [])


@pytest.mark.parametrize(
    ("members", "word"),
    [
        ((("lib/x86_64/libc.so", b"x"),), "one of the system's libraries"),
        ((("classes.dex", b"1"), ("classes.dex", b"2")), "one of them twice"),
        (tuple((f"lib/x86_64/lib{i}.so", b"") for i in range(201)), "too many"),
    ],
)
def test_names_that_nobody_needs_are_refused(tmp_path: Path, members: tuple[tuple[str, bytes], ...], word: str) -> None:
    """A library that is called as one of the system's would be loaded in its place."""
    with pytest.raises(NotPrepared, match=word):
        taken(tmp_path, *members)


def test_what_would_become_too_big_is_refused_while_it_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the archive says of sizes is not asked."""
    monkeypatch.setattr(archive, "MAX_LIBRARY_BYTES", 3 << 20)
    with pytest.raises(NotPrepared, match="more bytes than an app's code may have"):
        taken(tmp_path, ("lib/x86_64/libbig.so", bytes(8 << 20)))
    assert (tmp_path / "lib/libbig.so").stat().st_size <= 3 << 20


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"garbage", "its classes.dex is no dex file"),
        (DEX[:40], "its classes.dex has 40 bytes and says 112"),
        (DEX[:-1] + b"x", "its classes.dex has another checksum than it says"),
    ],
)
def test_dex_that_is_damaged_is_refused_as_a_phone_refuses_it(tmp_path: Path, data: bytes, why: str) -> None:
    """dex2jar would take it as far as it goes."""
    with pytest.raises(NotPrepared, match=why):
        taken(tmp_path, ("classes.dex", data))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 no zip", b"\x7fELF"])
def test_what_is_no_zip_is_refused_in_words(tmp_path: Path, data: bytes) -> None:
    """In the package manager's way, with the file's name."""
    (tmp_path / "bad.apk").write_bytes(data)
    with pytest.raises(NotPrepared, match=r"INSTALL_FAILED_DEXOPT: bad\.apk cannot be unpacked"):
        archive.take(tmp_path / "bad.apk", tmp_path / "dex.zip", tmp_path)


def test_a_damaged_member_is_refused_in_words(tmp_path: Path) -> None:
    """Its checksum is not right."""
    apk = tmp_path / "bad.apk"
    with zipfile.ZipFile(apk, "w") as made:
        made.writestr("classes.dex", b"dex\n038 and more")
    data = bytearray(apk.read_bytes())
    data[data.index(b"dex\n")] ^= 1
    apk.write_bytes(data)
    with pytest.raises(NotPrepared, match="cannot be unpacked"):
        archive.take(apk, tmp_path / "dex.zip", tmp_path)
