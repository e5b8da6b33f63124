"""What strangers send: packets, keys, manifests, signatures. They are read or refused, never anything else."""

import io
import struct
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from pocketbench.simulator.adb import auth, packets
from pocketbench.simulator.packages import apk, signature, xml
from pocketbench.simulator.packages.apk import NotInstalled
from pocketbench.simulator.packages.installed import Packages, Wish
from pocketbench.simulator.state import profile
from tiny_apk import TinyApk, binary_xml, signed


@given(some.binary(min_size=24, max_size=24))
def test_a_header_is_read_or_garbled(header: bytes) -> None:
    """Nothing longer than a packet may be is announced."""
    try:
        head = packets.parse(header)
    except packets.Garbled:
        return
    assert head.length <= packets.MAX_PAYLOAD


def test_a_packet_reads_back_as_it_was_written() -> None:
    """With a checksum where an old peer wants one."""
    head = packets.parse(packets.head(packets.WRTE, 1, 2, b"abc", checked=True))

    assert (head.command, head.arg0, head.arg1, head.length, head.checksum) == (packets.WRTE, 1, 2, 3, 294)
    with pytest.raises(packets.Garbled):
        packets.parse(struct.pack("<6I", packets.WRTE, 0, 0, (1 << 20) + 1, 0, packets.WRTE ^ 0xFFFFFFFF))


@given(some.binary(max_size=1000))
def test_a_key_is_read_or_none(offered: bytes) -> None:
    """Whatever is offered."""
    assert auth.parse(offered) is None


@given(some.binary(max_size=400), some.integers(0, 400))
def test_a_manifest_is_read_or_refused(noise: bytes, place: int) -> None:
    """Also one with noise in the middle."""
    whole = TinyApk().manifest()
    for data in (noise, whole[:place] + noise + whole[place + len(noise) :], whole[:place]):
        try:
            xml.elements(data)
        except xml.NotXml:
            continue


@pytest.mark.parametrize("utf8", [True, False])
def test_attributes_are_found_by_their_ids_and_names(utf8: bool) -> None:
    """In both kinds of string pools."""
    found = xml.elements(binary_xml([("manifest", {"package": "a.b", "versionCode": 300}), ("ü", {"name": "text"})], utf8=utf8))

    assert [element.name for element in found] == ["manifest", "ü"]
    assert (found[0].attributes["package"], found[0].attributes[apk.VERSION_CODE], found[1].attributes[apk.NAME]) == ("a.b", 300, "text")


def test_a_pool_whose_strings_lie_over_each_other_is_refused() -> None:
    """A manifest of four million bytes would else be thousands of millions of letters."""
    count, letters = 50_000, 30_000
    text = struct.pack("<BBBB", 0x80 | letters >> 8, letters & 255, 0x80 | letters >> 8, letters & 255) + b"a" * letters
    size = 28 + 4 * count + len(text)
    pool = struct.pack("<HHI5I", xml.STRINGS, 28, size, count, 0, 1 << 8, 28 + 4 * count, 0) + bytes(4 * count) + text
    with pytest.raises(xml.NotXml, match="more text"):
        xml.elements(struct.pack("<HHI", xml.XML, 8, 8 + size) + pool)


@pytest.mark.parametrize("size", [0, 19])
def test_attributes_that_lie_over_each_other_are_refused(size: int) -> None:
    """Each element may say that it has 65,535."""
    whole = bytearray(TinyApk().manifest())
    place = whole.index(struct.pack("<HHH", 20, 20, 2))
    struct.pack_into("<HHH", whole, place, 20, size, 65_535)
    with pytest.raises(xml.NotXml, match="over each other"):
        xml.elements(bytes(whole))


@pytest.fixture(scope="module")
def unsigned() -> bytes:
    """A zip that nobody signed; the key that signs it is made, which takes a moment."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("x", b"x" * 200)
    signed(held.getvalue(), b"certificate")
    return held.getvalue()


@given(some.binary(max_size=300), some.integers(0, 1300))
def test_a_signature_is_read_or_none(unsigned: bytes, noise: bytes, place: int) -> None:
    """A signing block with noise in it signs nothing, or something else."""
    data = signed(unsigned, b"certificate")
    spoiled = io.BytesIO(data[:place] + noise + data[place + len(noise) :])

    with zipfile.ZipFile(io.BytesIO(unsigned)) as whole:
        assert isinstance(signature.signer(spoiled, whole, old=False), str)


def test_an_old_signature_counts_for_old_apps_alone(tmp_path: Path) -> None:
    """A JAR signature."""
    for target, counts in ((29, True), (30, False)):
        made = TinyApk(certificate=b"", target_sdk=target, files={"META-INF/CERT.RSA": b"old"}).write(tmp_path / "old.apk")
        assert bool(apk.read(made).signer) is counts


def test_a_zip_whose_manifest_is_enormous_or_locked_is_refused(tmp_path: Path) -> None:
    """No more is unpacked than a manifest may have."""
    with zipfile.ZipFile(tmp_path / "bomb.apk", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("AndroidManifest.xml", bytes(1 << 26))
    with pytest.raises(NotInstalled, match="BAD_MANIFEST"):
        apk.read(tmp_path / "bomb.apk")


@pytest.mark.parametrize("zip64", [True, False])
def test_a_zip_of_a_million_entries_is_refused_before_they_are_read(tmp_path: Path, zip64: bool) -> None:
    """Also one whose real directory is told by zip64's end alone."""
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"x"
    directory = entry * (10 if zip64 else 1_000_000)
    size = len(directory)
    far = struct.pack("<4sQ2H2L4Q", b"PK\6\6", 44, 45, 45, 0, 0, 10, 10, size, 0) + struct.pack("<4sLQL", b"PK\6\7", 0, size, 1) if zip64 else b""
    (tmp_path / "many.apk").write_bytes(directory + far + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65535, 65535, size, 0, 0))
    with pytest.raises(NotInstalled, match="INSTALL_PARSE_FAILED_NOT_APK"):
        apk.read(tmp_path / "many.apk")


@pytest.mark.parametrize("name", ["", "single", "../up.x", "a..b", "a.b/c", "a.1b", "a." + "b" * 300, "ä.b"])
def test_a_package_has_a_name_that_is_one(tmp_path: Path, name: str) -> None:
    """It becomes a folder's."""
    with pytest.raises(NotInstalled, match="BAD_PACKAGE_NAME"):
        apk.read(TinyApk(package=name).write(tmp_path / "odd.apk"))


def test_installed_packages_are_found_again(tmp_path: Path) -> None:
    """And a spoiled list is as none."""
    phone = profile.load("phone")
    packages = Packages(phone, tmp_path)
    staged = packages.staging()
    file = TinyApk().write(staged / "base.apk")
    packages.install(staged, {file: apk.read(file)}, Wish())

    again = Packages(phone, tmp_path)
    assert again.get("org.example.tiny") == packages.get("org.example.tiny")
    (tmp_path / "system/packages.json").write_text('{"org.example.tiny": {"name": 3, "colour": "red"}, "x": []}')
    assert Packages(phone, tmp_path).get("org.example.tiny") is None
