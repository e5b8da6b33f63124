"""Which packages are installed, where their files lie, and which may take another's place."""

import dataclasses
import os
import secrets
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from pocketbench.simulator.packages.apk import Apk, NotInstalled
from pocketbench.simulator.state import kept
from pocketbench.simulator.state.profile import Profile

FIRST_USER = 10_000  # of app ids
MAX_PACKAGES = 1000


@dataclass(frozen=True, slots=True)
class Wish:
    """How an installation is asked for: ``-d``, ``-t``, ``-R`` and the like."""

    downgrade: bool = False
    test_only: bool = False
    replace: bool = True


@dataclass(frozen=True, slots=True)
class Package:
    """An installed package; ``folder`` is where its APKs lie, "" for one that came with the phone."""

    name: str
    folder: str
    version_code: int = 1
    version_name: str = ""
    min_sdk: int = 1
    target_sdk: int = 1
    debuggable: bool = False
    abi: str = ""
    signer: str = ""
    instrumentation: tuple[str, ...] = ()
    user: int = 1000
    installed: float = 0.0
    code: bool = False

    @property
    def runners(self) -> tuple[str, ...]:
        """The full names of its instrumentation's classes."""
        return tuple(f"{self.name}{name}" if name.startswith(".") else name for name in self.instrumentation)

    @property
    def apks(self) -> tuple[str, ...]:
        """The paths of its APKs, the base first."""
        if not self.folder:
            return (f"/system/app/{self.name}/{self.name}.apk",)
        return tuple(sorted((str(path) for path in Path(self.folder).glob("*.apk")), key=lambda path: (not path.endswith("/base.apk"), path)))


class Packages:
    """The phone's packages: those it came with, and under ``data`` those that were installed, over a reboot."""

    def __init__(self, profile: Profile, data: Path) -> None:
        self._profile = profile
        self._data = data
        self._file = data / "system/packages.json"
        self._known = {name: Package(name, "", 1, profile.android, target_sdk=profile.sdk) for name in profile.packages}
        self._known |= {name: found for name, table in kept.read(self._file).items() if (found := _package(table))}

    def all(self) -> tuple[Package, ...]:
        """Every package, by name."""
        return tuple(self._known[name] for name in sorted(self._known))

    def get(self, name: str) -> Package | None:
        """One package."""
        return self._known.get(name)

    def staging(self) -> Path:
        """A fresh folder for APKs on their way in."""
        folder = self._data / "app" / f"vmdl{secrets.randbelow(10**9)}.tmp"
        folder.mkdir(parents=True)
        return folder

    def install(self, staged: Path, apks: dict[Path, Apk], wish: Wish) -> Package:
        """Install the APKs of one package that lie in ``staged``, which becomes its folder. Raises NotInstalled."""
        place, base = next(((path, apk) for path, apk in apks.items() if not apk.split), (staged, None))
        if base is None:
            raise NotInstalled("INSTALL_FAILED_INVALID_APK", "Full install must include a base package")
        if {(apk.package, apk.version_code, apk.signer) for apk in apks.values()} != {(base.package, base.version_code, base.signer)}:
            raise NotInstalled("INSTALL_FAILED_INVALID_APK", "splits are of another package, version or signer than their base")
        if not base.signer:
            why = f"Failed to collect certificates from {place}: Attempt to get length of null array"
            raise NotInstalled("INSTALL_PARSE_FAILED_NO_CERTIFICATES", why)
        self._check(base, tuple(sorted({abi for apk in apks.values() for abi in apk.abis})), wish)
        return self._put(staged, apks, base)

    def uninstall(self, name: str, *, keep: bool) -> bool:
        """Remove a package that was installed, and its data unless ``keep``; False when there is none."""
        found = self._known.get(name)
        if found is None or not found.folder:
            return False
        del self._known[name]
        self._write()
        _remove(Path(found.folder))
        if not keep:
            self.clear(name)
        return True

    def clear(self, name: str) -> None:
        """Remove a package's data."""
        for place in (self._data / "data" / name, self._data / "media/0/Android/data" / name):
            _remove(place)

    def _check(self, base: Apk, abis: tuple[str, ...], wish: Wish) -> None:
        """What a phone asks before it takes a package. Raises NotInstalled."""
        profile, was = self._profile, self._known.get(base.package)
        if base.min_sdk > profile.sdk:
            raise NotInstalled("INSTALL_FAILED_OLDER_SDK", f"Requires newer sdk version #{base.min_sdk} (current version is #{profile.sdk})")
        if abis and profile.architecture not in abis:
            raise NotInstalled("INSTALL_FAILED_NO_MATCHING_ABIS", "Failed to extract native libraries, res=-113")
        if base.test_only and not wish.test_only:
            raise NotInstalled("INSTALL_FAILED_TEST_ONLY", f"Failed to install test-only apk {base.package}; use -t")
        if was is not None:
            self._check_over(base, was, wish)
        elif len(self._known) >= MAX_PACKAGES:
            raise NotInstalled("INSTALL_FAILED_INSUFFICIENT_STORAGE", "too many packages")

    def _check_over(self, base: Apk, was: Package, wish: Wish) -> None:
        """What it asks when the package is there already. Raises NotInstalled."""
        if not wish.replace:
            raise NotInstalled("INSTALL_FAILED_ALREADY_EXISTS", f"Attempt to re-install {base.package} without first uninstalling.")
        if was.signer != base.signer:
            raise NotInstalled("INSTALL_FAILED_UPDATE_INCOMPATIBLE", f"Existing package {base.package} signatures do not match newer version; ignoring!")
        if base.version_code < was.version_code and not (wish.downgrade and (was.debuggable or base.debuggable)):
            raise NotInstalled(
                "INSTALL_FAILED_VERSION_DOWNGRADE", f"Downgrade detected: Update version code {base.version_code} is older than current {was.version_code}"
            )

    def _put(self, staged: Path, apks: dict[Path, Apk], base: Apk) -> Package:
        """Give it its place and write it down; the package of before goes."""
        was = self._known.get(base.package)
        place = self._data / "app" / f"~~{secrets.token_urlsafe(12)}==" / f"{base.package}-{secrets.token_urlsafe(12)}=="
        place.parent.mkdir(parents=True)
        os.replace(staged, place)  # noqa: PTH105
        for path, apk in apks.items():
            name = (
                f"split_{apk.split}.apk" if apk.split and apk.split.replace(".", "").replace("_", "").isalnum() else "base.apk" if not apk.split else path.name
            )
            os.replace(place / path.name, place / name)  # noqa: PTH105
            (place / name).chmod(0o644)
        abis = {abi for apk in apks.values() for abi in apk.abis}
        user = was.user if was else max([FIRST_USER, *(known.user + 1 for known in self._known.values() if known.folder)])
        self._known[base.package] = Package(
            base.package, str(place), base.version_code, base.version_name, base.min_sdk, base.target_sdk, base.debuggable,
            self._profile.architecture if abis else "", base.signer, base.instrumentation, user, time.time(), any(apk.code for apk in apks.values()),
        )  # fmt: skip
        (self._data / "data" / base.package).mkdir(parents=True, exist_ok=True)
        self._write()
        if was and was.folder:
            _remove(Path(was.folder))
        return self._known[base.package]

    def _write(self) -> None:
        """Keep what was installed."""
        kept.write(self._file, {name: dataclasses.asdict(package) for name, package in self._known.items() if package.folder})


def _remove(folder: Path) -> None:
    """Remove a folder, and the one above it that was made for it alone."""
    shutil.rmtree(folder, ignore_errors=True)
    if folder.parent.name.startswith("~~"):
        shutil.rmtree(folder.parent, ignore_errors=True)


def _package(table: object) -> Package | None:
    """A package that was kept; None for what is none (the file is the phone user's)."""
    try:
        found = Package(**table)  # type: ignore[arg-type]
        return dataclasses.replace(found, instrumentation=tuple(found.instrumentation))
    except TypeError:
        return None
