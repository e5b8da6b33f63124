"""Files over the real adb: there, back, and what is told when it cannot be."""

import hashlib
import os
from pathlib import Path

import pytest

from conftest import Connected

pytestmark = pytest.mark.slow
TMP = "/data/local/tmp"


def test_a_hundred_megabytes_come_back_as_they_went(phone: Connected, tmp_path: Path) -> None:
    """And their hash on the phone is theirs."""
    data = os.urandom(100_000_000)
    (tmp_path / "large").write_bytes(data)
    there = phone.adb("push", str(tmp_path / "large"), f"{TMP}/large")
    back = phone.adb("pull", f"{TMP}/large", str(tmp_path / "back"))

    assert (there.code, back.code) == (0, 0)
    assert phone.shell(f"sha256sum {TMP}/large").split()[0] == hashlib.sha256(data).hexdigest()
    assert (tmp_path / "back").read_bytes() == data
    phone.shell(f"rm {TMP}/large")


def test_an_empty_file_and_odd_names_travel(phone: Connected, tmp_path: Path) -> None:
    """Spaces, quotes, other scripts, a comma and a number at the end."""
    for name in ("empty", "with 'quotes' and \"more\"", "ütf-8 …", "comma,0644", "-dash"):
        (tmp_path / name).write_bytes(b"")
        assert phone.adb("push", str(tmp_path / name), f"{TMP}/names/{name}").code == 0
        assert phone.adb("pull", f"{TMP}/names/{name}", str(tmp_path / f"{name}.back")).code == 0
        assert (tmp_path / f"{name}.back").read_bytes() == b""


def test_folders_travel_with_links_and_times(phone: Connected, tmp_path: Path) -> None:
    """The user's bits become everybody's, as adbd has it."""
    folder = tmp_path / "folder"
    (folder / "sub").mkdir(parents=True)
    (folder / "a").write_text("a")
    (folder / "sub/run").write_text("b")
    (folder / "sub/run").chmod(0o700)
    (folder / "link").symlink_to("a")
    os.utime(folder / "a", (1_000_000_000, 1_000_000_000))
    assert phone.adb("push", str(folder), "/sdcard/").code == 0
    assert phone.adb("pull", "-a", "/sdcard/folder", str(tmp_path / "back")).code == 0

    assert phone.shell("cd /sdcard/folder && stat -c '%a %Y %n' a && stat -c '%a' sub/run && readlink link") == "666 1000000000 a\n777\na"
    assert (tmp_path / "back/sub/run").read_text() == "b"
    assert (tmp_path / "back/a").stat().st_mtime == 1_000_000_000


def test_sdcard_is_where_android_has_it(phone: Connected, tmp_path: Path) -> None:
    """One place under all of its names."""
    (tmp_path / "x").write_text("x")
    phone.adb("push", str(tmp_path / "x"), "/sdcard/x")

    assert phone.shell("cat /storage/emulated/0/x /data/media/0/x /storage/self/primary/x") == "xxx"


def test_a_file_takes_the_place_of_a_file_and_not_of_a_folder(phone: Connected, tmp_path: Path) -> None:
    """Even of one that is being executed or is a link."""
    (tmp_path / "x").write_text("new")
    phone.shell(f"cd {TMP} && mkdir -p place/folder && echo old > place/file && ln -s file place/link")
    for name in ("file", "link"):
        assert phone.adb("push", str(tmp_path / "x"), f"{TMP}/place/{name}").code == 0
    phone.adb("push", str(tmp_path / "x"), f"{TMP}/place/folder")

    assert phone.shell(f"cd {TMP}/place && cat file link folder/x") == "newnewnew"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("push", "{file}", "/system/app/x"), "Read-only file system"),
        (("push", "{file}", "/dev/full/x"), "Not a directory"),
        (("pull", "/data/nothing", "{folder}"), "No such file or directory"),
    ],
)
def test_what_cannot_be_is_told_with_the_reason(phone: Connected, tmp_path: Path, words: tuple[str, ...], told: str) -> None:
    """In the system's words; the connection lives on."""
    (tmp_path / "file").write_bytes(b"x" * 1_000_000)
    said = phone.adb(*(word.format(file=tmp_path / "file", folder=tmp_path) for word in words))

    assert said.code != 0
    assert told in said.all
    assert phone.shell("echo alive") == "alive"


def test_a_listing_has_sizes_and_modes(phone: Connected) -> None:
    """As adb ls prints them."""
    phone.shell(f"mkdir -p {TMP}/listed && cd {TMP}/listed && printf 12345 > five && chmod 640 five")

    assert "000081a0 00000005" in next(line for line in phone.adb("ls", f"{TMP}/listed").out.splitlines() if line.endswith(" five"))


def test_a_folder_of_a_thousand_files_is_listed_whole(phone: Connected) -> None:
    """More than one packet's worth."""
    phone.shell(f"mkdir -p {TMP}/many && cd {TMP}/many && for n in $(seq 1000); do : > a-rather-long-name-for-a-file-$n; done")

    assert len(phone.adb("ls", f"{TMP}/many").out.splitlines()) == 1002


def test_links_cannot_lead_out_of_the_phone(phone: Connected, tmp_path: Path) -> None:
    """Whatever a name says, it is looked for in the phone's own root."""
    (tmp_path / "secret").write_text("the computer's")
    phone.shell(f"ln -s {tmp_path}/secret {TMP}/out && ln -s ../../../../../../../.. {TMP}/up")

    assert phone.adb("pull", f"{TMP}/out", str(tmp_path / "got")).code != 0
    assert phone.adb("pull", f"{TMP}/up{tmp_path}/secret", str(tmp_path / "got")).code != 0
    assert phone.adb("pull", "/../../.." + str(tmp_path / "secret"), str(tmp_path / "got")).code != 0
    assert not (tmp_path / "got").exists()
