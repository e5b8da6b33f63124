"""A profile: what kind of phone is simulated. A TOML file, one of ours or a user's.

A name is one of ``profiles/`` beside this package or a file ``NAME.toml`` in the user's folder for phones; a path is a file. A file that says
``base = "phone"`` changes only what it names.
"""

import platform
import tomllib
from pathlib import Path
from typing import Annotated, Any

import msgspec

from pocketbench.errors import ProfileError
from pocketbench.paths import told
from pocketbench.registry import nearest
from pocketbench.simulator.state.curves import Curve

BUILT_IN = Path(__file__).parent.parent / "profiles"
MAX_BYTES = 1 << 20
SENSOR_TYPES = ("cpu", "gpu", "battery", "skin", "usb_port", "power_amplifier", "bcl_voltage", "bcl_current", "bcl_percentage", "npu")
ABIS = {"x86_64": "x86_64", "amd64": "x86_64", "aarch64": "arm64-v8a", "arm64": "arm64-v8a"}
Word = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=60)]
Line = Annotated[str, msgspec.Meta(pattern=r"^[^\x00-\x1f;=\[\]]*$", max_length=90)]
Some = Annotated[Curve, msgspec.Meta(min_length=1, max_length=1000)]
Kilohertz = Annotated[int, msgspec.Meta(ge=1, le=10_000_000)]


class _Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of a profile: no unknown keys."""


class User(_Table, frozen=True):
    """``[user]``: who adb's shell is."""

    name: Word = "shell"
    id: Annotated[int, msgspec.Meta(ge=0, le=65533)] = 2000


class Cluster(_Table, frozen=True):
    """``[[chip.cluster]]``: cores that share one frequency, in kHz."""

    name: Line
    cores: Annotated[int, msgspec.Meta(ge=1, le=64)]
    min_khz: Kilohertz
    max_khz: Kilohertz


class Chip(_Table, frozen=True):
    """``[chip]``: the system on a chip."""

    manufacturer: Line
    model: Line
    cluster: Annotated[tuple[Cluster, ...], msgspec.Meta(min_length=1, max_length=8)]


class Sensor(_Table, frozen=True):
    """``[[sensor]]``: a temperature over the seconds since the phone was started.

    ``thresholds`` are those from which on it throttles: light, moderate, severe, critical, emergency, shutdown.
    """

    name: Word
    type: str
    celsius: Some
    thresholds: tuple[float, float, float, float, float, float] | None = None

    def __post_init__(self) -> None:
        """See that the type is one of Android's."""
        if self.type not in SENSOR_TYPES:
            raise ValueError(f"no sensor type {self.type!r}; known: {', '.join(SENSOR_TYPES)}")


class Battery(_Table, frozen=True):
    """``[battery]``: level in percent and temperature over the seconds since the phone was started."""

    level: Some = ((0.0, 80.0),)
    celsius: Some = ((0.0, 28.0),)
    millivolt: int = 4100
    microampere_hours: int = 4_000_000
    technology: Line = "Li-ion"


class Screen(_Table, frozen=True):
    """``[screen]``: pixels and dots per inch. ``lock``: its owner has a PIN, and has not typed it since it was started."""

    width: int = 1080
    height: int = 2400
    density: int = 420
    lock: bool = False


class Termux(_Table, frozen=True):
    """``[termux]``: Termux is installed, with the Python that pocketbench itself runs on, and its owner has started Pocketbench's server in it.

    ``at_boot``: something starts it again after a reboot, as the add-on Termux:Boot does; otherwise its owner must.
    """

    at_boot: bool = True


class Profile(_Table, frozen=True):
    """One kind of phone. ``android`` and ``sdk`` are empty and 0 for a Linux board, which has none of Android's programs but getprop.

    ``python`` puts the Python that pocketbench itself runs on, with its packages, on the PATH. ``storage`` is the size of /data, which lives in memory.
    ``drivers`` say which accelerators it has and what carries them; ``settings``, ``packages`` and ``properties`` are those it comes with;
    ``webview`` is the version that its WebView tells, where that is to be another than that of the computer's Chromium.
    """

    name: Word
    serial: Word
    manufacturer: Line
    model: Line
    chip: Chip
    android: Line = ""
    sdk: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    security_patch: Line = ""
    abi: str = "host"
    user: User = User()
    python: bool = False
    storage: Annotated[str, msgspec.Meta(pattern=r"^[0-9]+[KMG]$")] = "8G"
    boot_seconds: Annotated[float, msgspec.Meta(ge=0, le=600)] = 3.0
    drivers: dict[Word, Line] = {}
    sensor: Annotated[tuple[Sensor, ...], msgspec.Meta(max_length=50)] = ()
    battery: Battery | None = None
    screen: Screen | None = None
    termux: Termux | None = None
    settings: dict[str, dict[str, str]] = {}
    packages: tuple[Word, ...] = ()
    webview: Annotated[str, msgspec.Meta(pattern=r"^([0-9]{1,6}(\.[0-9]{1,6}){1,3})?$")] = ""
    properties: dict[str, Line] = {}

    def __post_init__(self) -> None:
        """See that what is an app of Android has an Android."""
        if self.termux is not None and not self.android:
            raise ValueError("[termux] is an app of Android, and this is a Linux board")

    @property
    def architecture(self) -> str:
        """The ABI in Android's words. "host" is this computer's, since its processor runs the phone's programs."""
        return ABIS.get(platform.machine().lower(), platform.machine()) if self.abi == "host" else self.abi


def load(name: str) -> Profile:
    """The profile of a name or a path. Raises ProfileError, naming file and key."""
    path = _find(name)
    return _checked(_tables(path), path)


def names() -> tuple[str, ...]:
    """Every name that can be started: ours, then the user's own."""
    return tuple(dict.fromkeys(path.stem for folder in (BUILT_IN, own()) for path in sorted(folder.glob("*.toml"))))


def own() -> Path:
    """The user's folder for profiles; it need not be there."""
    import platformdirs

    return platformdirs.user_config_path("pocketbench") / "phones"


def _find(name: str) -> Path:
    """The file of a name or a path."""
    if "/" in name or name.endswith(".toml"):
        return Path(name).expanduser()
    for folder in (own(), BUILT_IN):
        if (folder / f"{name}.toml").is_file():
            return folder / f"{name}.toml"
    raise ProfileError(
        f"no phone named {name[:80]!r}; known: {', '.join(names())}", hint=nearest(name, names()) or f"or give a TOML file, or put one into {own()}"
    )


def _tables(path: Path) -> dict[str, Any]:
    """What a file says, over what its base says."""
    with told(str(path), ProfileError), path.open("rb") as file:
        text = file.read(MAX_BYTES).decode()
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{path}: {error}") from error
    base = tables.pop("base", None)
    return tables if base is None else _over(_tables(_base(base, path)), tables)


def _base(name: object, path: Path) -> Path:
    """A base is one of ours, so that bases end."""
    base = BUILT_IN / f"{name}.toml"
    if not isinstance(name, str) or base not in BUILT_IN.glob("*.toml"):
        raise ProfileError(f"{path}: base = {name!r} is none of {', '.join(sorted(file.stem for file in BUILT_IN.glob('*.toml')))}")
    return base


def _over(base: dict[str, Any], tables: dict[str, Any]) -> dict[str, Any]:
    """``tables`` over ``base``: tables are merged, everything else is replaced."""
    merged = {key: _over(base[key], value) if isinstance(value, dict) and isinstance(base.get(key), dict) else value for key, value in tables.items()}
    return {**base, **merged}


def _checked(tables: dict[str, Any], path: Path) -> Profile:
    """The profile of a file's tables."""
    try:
        return msgspec.convert(tables, Profile)
    except msgspec.ValidationError as error:
        raise ProfileError(f"{path}: {error}", hint=_unknown(tables)) from error


def _unknown(tables: dict[str, Any]) -> str:
    """The nearest known key of the first unknown one, or nothing."""
    known = [field.name for field in msgspec.structs.fields(Profile)]
    return next((nearest(key, known) for key in tables if key not in known), "")
