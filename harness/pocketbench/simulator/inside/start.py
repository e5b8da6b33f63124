"""How an app's process is started: its words, its environment, what it is told of itself."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pocketbench.simulator.inside import runtime, webview
from pocketbench.simulator.inside.shelf import PLACE, Shelved
from pocketbench.simulator.packages.installed import Package
from pocketbench.simulator.state.phone import Phone

MAIN = "org.pocketbench.simulated.Boot"
LOG = Path("/dev/socket/pocketbench-log")
PROPERTIES = Path("/dev/__properties__")
# As dalvik.vm.heapsize says; the memory of libraries is beside it.
HEAP = "512m"
# Starting is most of what a short run takes: a collector without threads of its own, one compiler, no files beside.
FLAGS = (
    "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-XX:-CreateCoredumpOnCrash", "-XX:+DisableAttachMechanism",
    f"-Xmx{HEAP}", "-Xss1m", "-Xshare:auto", "-Dfile.encoding=UTF-8", "-Djava.awt.headless=true",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class App:
    """An installed and prepared app."""

    package: Package
    shelved: Shelved

    @property
    def data(self) -> Path:
        """Its own folder."""
        return Path("/data/data", self.package.name)

    @property
    def errors(self) -> Path:
        """Where the runtime writes what it knows of a crash."""
        return self.data / "cache/hs_err.log"

    @property
    def libraries(self) -> Path:
        """The folder of its libraries, where a phone has them: beside its APK."""
        return Path(self.package.folder, "lib", self.package.abi or "none")


def furnish(app: App) -> None:
    """Make an app's folders, and the link to its libraries. Raises OSError."""
    for folder in (app.data / "files", app.data / "cache", app.libraries.parent):
        folder.mkdir(parents=True, exist_ok=True)
    app.errors.unlink(missing_ok=True)
    if not app.libraries.is_symlink():
        app.libraries.symlink_to(app.shelved.lib)


def words(app: App, runner: str, extras: Mapping[str, str], *, raw: bool, telling: int) -> str:
    """The text of the file of arguments (``java @FILE``) for one instrumentation; ``telling`` is the descriptor that its answers go to."""
    told = {
        "package": app.package.name,
        "runner": runner,
        "raw": str(raw).lower(),
        "telling": str(telling),
        "apk": app.package.apks[0],
        "lib": str(app.libraries),
        "data": str(app.data),
        "external": f"/storage/emulated/0/Android/data/{app.package.name}",
        "user": str(app.package.user),
        "target": str(app.package.target_sdk),
        "debuggable": str(app.package.debuggable).lower(),
        "natives": app.shelved.natives,
        "lookalikes": ":".join(app.shelved.lookalikes),
        "libraries": ":".join(app.shelved.libraries),
    }
    given = (
        *FLAGS, f"-XX:ErrorFile={app.errors}", f"-Djava.io.tmpdir={app.data}/cache", f"-Djava.library.path={app.libraries}",
        *(f"-Dphone.{name}={value}" for name, value in told.items()),
        "-cp", ":".join((app.shelved.launcher, app.shelved.framework, app.shelved.app)), MAIN, *(word for pair in extras.items() for word in pair),
    )  # fmt: skip
    return "".join(f"{_quoted(word)}\n" for word in given)


def program() -> str:
    """The runtime's program, in the phone's root."""
    return f"/{runtime.PLACE}/bin/java"


def environment(app: App, phone: Phone, shell: Mapping[str, str], lent: Mapping[str, str]) -> dict[str, str]:
    """Its variables: the shell's, the drivers' and those that the look-alikes of Android's libraries read."""
    return {
        **shell,
        **lent,
        "PATH": ":".join(variables["PATH"] for variables in (shell, lent) if "PATH" in variables),
        "HOME": str(app.data),
        "TMPDIR": str(app.data / "cache"),
        "POCL_CACHE_DIR": str(app.data / "cache/pocl"),
        "POCKETBENCH_DRIVERS": " ".join(sorted(phone.profile.drivers)),
        "POCKETBENCH_PROPERTIES": str(PROPERTIES),
        "POCKETBENCH_LOG": str(LOG),
        **webview.environment(phone.profile.packages, phone.profile.drivers, phone.profile.webview),
    }


def tell_properties(phone: Phone) -> None:
    """Write the phone's properties for the process that is started next. Raises OSError."""
    making = PROPERTIES.with_suffix(".new")
    making.write_text("".join(f"{name}={value}\n" for name, value in phone.properties.all().items() if "\n" not in value))
    os.replace(making, PROPERTIES)  # noqa: PTH105 - Path.rename would not replace


def shelf_is_here() -> bool:
    """Whether this phone can have apps run at all: the computer has a JDK, and its cache a shelf."""
    return Path("/", PLACE).is_dir() and Path(program()).exists()


def _quoted(word: str) -> str:
    """A word as java's files of arguments have it."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")
    return f'"{escaped}"'
