"""Small APKs, made from the format's description: a zip, a manifest in binary XML, a signature."""

import contextlib
import functools
import io
import struct
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import tiny_signature
from pocketbench.errors import PocketbenchError

IDS = {
    "name": 0x01010003,
    "debuggable": 0x0101000F,
    "minSdkVersion": 0x0101020C,
    "versionCode": 0x0101021B,
    "versionName": 0x0101021C,
    "targetSdkVersion": 0x01010270,
    "testOnly": 0x01010272,
}
NONE = 0xFFFFFFFF


@functools.cache
def verifier() -> None:
    """Bring what simulated phones verify signatures with, where it can be brought: an installation that waits for Maven may be given up."""
    from pocketbench.simulator.inside import signed as verifying

    with contextlib.suppress(PocketbenchError):
        verifying.tools()


@dataclass(frozen=True)
class TinyApk:
    """What an APK is to say."""

    package: str = "org.example.tiny"
    version: int = 1
    min_sdk: int = 21
    target_sdk: int = 34
    test_only: bool = False
    debuggable: bool = False
    certificate: bytes = b"a certificate"
    files: dict[str, bytes] = field(default_factory=dict)
    utf8: bool = False
    split: str = ""
    runner: str = "org.example.Runner"

    def write(self, path: Path) -> Path:
        """Write it to a file."""
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w") as archive:
            archive.writestr("AndroidManifest.xml", self.manifest())
            for name, data in self.files.items():
                archive.writestr(name, data)
        path.write_bytes(signed(held.getvalue(), self.certificate) if self.certificate else held.getvalue())
        return path

    def manifest(self) -> bytes:
        """The manifest."""
        head = {"package": self.package, "versionCode": self.version, "versionName": "1.0"} | ({"split": self.split} if self.split else {})
        application: dict[str, str | int] = {"debuggable": self.debuggable, "testOnly": self.test_only}
        elements: list[tuple[str, dict[str, str | int]]] = [
            ("manifest", head),
            ("uses-sdk", {"minSdkVersion": self.min_sdk, "targetSdkVersion": self.target_sdk}),
            ("application", application),
        ]
        return binary_xml([*elements, ("instrumentation", {"name": self.runner})], utf8=self.utf8)


def binary_xml(elements: list[tuple[str, dict[str, str | int]]], *, utf8: bool = False) -> bytes:
    """Elements one inside the other. Attributes with resource ids come first in the pool, as aapt2 writes them."""
    said = [text for name, given in elements for text in (name, *given, *(value for value in given.values() if isinstance(value, str)))]
    texts = list(dict.fromkeys([*IDS, *said]))
    place = {text: number for number, text in enumerate(texts)}
    body = _pool(texts, utf8=utf8) + struct.pack("<HHI", 0x0180, 8, 8 + 4 * len(IDS)) + struct.pack(f"<{len(IDS)}I", *IDS.values())
    for name, given in elements:
        body += _start(place, name, given)
    for name, _ in reversed(elements):
        body += struct.pack("<HHIIIII", 0x0103, 16, 24, 1, NONE, NONE, place[name])
    return struct.pack("<HHI", 0x0003, 8, 8 + len(body)) + body


def signed(archive: bytes, certificate: bytes) -> bytes:
    """The same zip, signed by the signer of that name: a signing block (scheme v2) before its central directory."""
    end = archive.rindex(b"PK\5\6")
    size, start = struct.unpack_from("<II", archive, end + 12)
    block = tiny_signature.block(archive, certificate)
    moved = archive[:end][start:] + archive[end : end + 12] + struct.pack("<II", size, start + len(block)) + archive[end + 20 :]
    return archive[:start] + block + moved


def _start(place: dict[str, int], name: str, given: dict[str, str | int]) -> bytes:
    """The beginning of an element."""
    attributes = b"".join(_attribute(place, key, value) for key, value in given.items())
    return struct.pack("<HHIIIIIHHHHHH", 0x0102, 16, 36 + len(attributes), 1, NONE, NONE, place[name], 20, 20, len(given), 0, 0, 0) + attributes


def _attribute(place: dict[str, int], key: str, value: str | int) -> bytes:
    """One attribute: a text in the pool, or a number."""
    if isinstance(value, str):
        return struct.pack("<IIIHBBI", NONE, place[key], place[value], 8, 0, 0x03, place[value])
    return struct.pack("<IIIHBBI", NONE, place[key], NONE, 8, 0, 0x10, int(value))


def _pool(texts: list[str], *, utf8: bool) -> bytes:
    """A pool of strings."""
    if utf8:
        stored = [bytes([len(text), len(text.encode())]) + text.encode() + b"\0" for text in texts]
    else:
        stored = [struct.pack("<H", len(text)) + text.encode("utf-16-le") + b"\0\0" for text in texts]
    offsets, data = [], b""
    for one in stored:
        offsets.append(len(data))
        data += one
    data += b"\0" * (-len(data) % 4)
    start = 28 + 4 * len(texts)
    head = struct.pack("<HHIIIIII", 0x0001, 28, start + len(data), len(texts), 0, 256 if utf8 else 0, start, 0)
    return head + struct.pack(f"<{len(texts)}I", *offsets) + data
