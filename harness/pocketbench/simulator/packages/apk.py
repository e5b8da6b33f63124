"""What an APK says of itself: a zip with a manifest. Whatever is wrong is refused in the package manager's words."""

import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path

from pocketbench.simulator.packages import signature, xml
from pocketbench.simulator.packages.directory import bounds
from pocketbench.simulator.packages.xml import Element, NotXml

MAX_MANIFEST = 1 << 22
MAX_ENTRIES = 65_535
# Resource ids of android.R.attr.
NAME, DEBUGGABLE, MIN_SDK, VERSION_CODE, VERSION_NAME, TARGET_SDK, TEST_ONLY = (
    0x01010003,
    0x0101000F,
    0x0101020C,
    0x0101021B,
    0x0101021C,
    0x01010270,
    0x01010272,
)
SPLIT = "split"
ONLY_NEW_SIGNATURES = 30  # apps for this version and later need scheme v2 or v3


class NotInstalled(Exception):
    """The package manager refuses: a word of its own, and why."""

    def __init__(self, word: str, why: str) -> None:
        super().__init__(f"{word}: {why}" if why else word)
        self.word, self.why = word, why


@dataclass(frozen=True, slots=True)
class Apk:
    """The manifest's head; ``abis`` are those that it has libraries for, ``instrumentation`` the classes that it declares, ``split`` is "" for a base.

    ``code`` is whether there is a dex file in it.
    """

    package: str
    split: str
    version_code: int
    version_name: str
    min_sdk: int
    target_sdk: int
    debuggable: bool
    test_only: bool
    abis: tuple[str, ...]
    instrumentation: tuple[str, ...]
    signer: str
    code: bool = False


def read(path: Path) -> Apk:
    """Read an APK. Raises NotInstalled; OSError when the file cannot be read."""
    with path.open("rb") as file:
        try:
            bounds(file)
            with zipfile.ZipFile(file) as archive:
                if len(archive.namelist()) > MAX_ENTRIES:
                    raise NotInstalled("INSTALL_PARSE_FAILED_NOT_APK", "too many entries")
                manifest = _manifest(archive)
                target = _number(manifest, "uses-sdk", TARGET_SDK, _number(manifest, "uses-sdk", MIN_SDK, 1))
                signer = signature.signer(file, archive, old=target < ONLY_NEW_SIGNATURES)
                code = "classes.dex" in archive.namelist()
                abis = sorted({name.split("/")[1] for name in archive.namelist() if name.startswith("lib/") and name.count("/") == 2})
        except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, struct.error) as error:
            raise NotInstalled("INSTALL_PARSE_FAILED_NOT_APK", f"Failed to parse {path}") from error
    return _apk(manifest, target, signer, tuple(abis), code=code)


def _manifest(archive: zipfile.ZipFile) -> tuple[Element, ...]:
    """The manifest's elements. Raises NotInstalled."""
    try:
        with archive.open("AndroidManifest.xml") as file:
            data = file.read(MAX_MANIFEST)
    except (KeyError, RuntimeError) as error:
        raise NotInstalled("INSTALL_PARSE_FAILED_UNEXPECTED_EXCEPTION", "Failed to parse: AndroidManifest.xml") from error
    try:
        found = xml.elements(data)
    except NotXml as error:
        raise NotInstalled("INSTALL_PARSE_FAILED_BAD_MANIFEST", "Corrupt XML binary file") from error
    if not found or found[0].name != "manifest":
        raise NotInstalled("INSTALL_PARSE_FAILED_MANIFEST_MALFORMED", "No <manifest>")
    return found


def _apk(manifest: tuple[Element, ...], target: int, signer: str, abis: tuple[str, ...], *, code: bool) -> Apk:
    """What the elements say. Raises NotInstalled for a package's name that is none."""
    head = manifest[0].attributes
    package = str(head.get("package", ""))
    if not _is_package(package):
        raise NotInstalled("INSTALL_PARSE_FAILED_BAD_PACKAGE_NAME", f"Invalid manifest package: {package[:80]!r}")
    return Apk(
        package=package,
        split=str(head.get(SPLIT, "")),
        version_code=_whole(head.get(VERSION_CODE, 0)),
        version_name=str(head.get(VERSION_NAME, ""))[:200],
        min_sdk=_number(manifest, "uses-sdk", MIN_SDK, 1),
        target_sdk=target,
        debuggable=bool(_number(manifest, "application", DEBUGGABLE, 0)),
        test_only=bool(_number(manifest, "application", TEST_ONLY, 0)),
        abis=abis,
        instrumentation=tuple(str(element.attributes.get(NAME, ""))[:200] for element in manifest if element.name == "instrumentation")[:100],
        signer=signer,
        code=code,
    )


def _number(manifest: tuple[Element, ...], element: str, attribute: int, absent: int) -> int:
    """A number of the first element of a name."""
    found = next((one.attributes.get(attribute) for one in manifest if one.name == element), None)
    return absent if found is None else _whole(found)


def _whole(value: int | str) -> int:
    """A number as it is, or as text."""
    return value if isinstance(value, int) else int(value) if value.isdecimal() and len(value) < 12 else 0


def _is_package(name: str) -> bool:
    """Whether it is a name that a package may have: it becomes a folder's."""
    parts = name.split(".")
    return len(name) < 224 and len(parts) > 1 and all(part.isascii() and part.isidentifier() for part in parts)
