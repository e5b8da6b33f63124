"""``pm install``, from a file or from stdin, at once or in a session of several APKs."""

import errno
import os
import shutil
from dataclasses import dataclass, field, replace
from pathlib import Path

from pocketbench.simulator.inside.asking import NotRun
from pocketbench.simulator.packages import apk
from pocketbench.simulator.packages.apk import Apk, NotInstalled
from pocketbench.simulator.packages.installed import Wish
from pocketbench.simulator.programs.call import Call, Ended
from pocketbench.simulator.programs.words import options_off, value_of

VALUED = ("-S", "-i", "--user", "--abi", "--install-location", "--install-reason", "--pkg", "-p", "--originating-uri", "--referrer")
MAX_SESSIONS = 50
CHUNK = 1 << 20


@dataclass(slots=True)
class _Session:
    """An installation on its way: its wish, its folder, the files that were written."""

    wish: Wish
    folder: Path
    files: list[Path] = field(default_factory=list)


_sessions: dict[int, _Session] = {}


async def install(call: Call) -> None:
    """``pm install [-r] [-d] [-t] [-R] [-S SIZE] [PATH|-]``."""
    folder = call.device.packages.staging()
    try:
        file = folder / "base.apk"
        await _fetch(call, file)
        await _finish(call, _Session(_wish(call), folder, [file]))
    except (NotInstalled, OSError) as error:
        raise await _refused(call, error) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def create(call: Call) -> None:
    """``pm install-create [-S TOTAL]``: a session, whose number is told."""
    if len(_sessions) >= MAX_SESSIONS:
        raise await call.fail("too many sessions")
    number = 1_000_000 + len(_sessions) * 7 + int.from_bytes(os.urandom(2), "little")
    while number in _sessions:
        number += 1
    _sessions[number] = _Session(_wish(call), call.device.packages.staging())
    await call.say(f"Success: created install session [{number}]")


async def write(call: Call) -> None:
    """``pm install-write [-S SIZE] SESSION NAME [PATH|-]``."""
    words = options_off(call.words, valued=VALUED)
    session = await _session(call, words)
    file = session.folder / f"{len(session.files)}.apk"
    try:
        await _fetch(call, file, "".join(words[2:3]) or "-")
    except OSError as error:
        raise await _refused(call, error) from error
    session.files.append(file)
    await call.say(f"Success: streamed {file.stat().st_size} bytes")


async def commit(call: Call) -> None:
    """``pm install-commit SESSION``."""
    session = await _session(call, options_off(call.words, valued=VALUED), close=True)
    try:
        await _finish(call, session)
    except (NotInstalled, OSError) as error:
        raise await _refused(call, error) from error
    finally:
        shutil.rmtree(session.folder, ignore_errors=True)


async def abandon(call: Call) -> None:
    """``pm install-abandon SESSION``."""
    session = await _session(call, options_off(call.words, valued=VALUED), close=True)
    shutil.rmtree(session.folder, ignore_errors=True)
    await call.say("Success")


async def _finish(call: Call, session: _Session) -> None:
    """Read what was written, install it, say so. Raises NotInstalled and OSError."""
    if not session.files:
        raise NotInstalled("INSTALL_FAILED_INVALID_APK", "No packages staged")
    apks = {path: await _verified(call, path) for path in session.files}
    package = call.device.packages.install(session.folder, apks, session.wish)
    call.device.apps.stop(package.name, "installPackageLI")
    call.phone.say("I", "PackageManager", f"installed {package.name} version {package.version_code}")
    await call.device.apps.prepare(package)
    await call.say("Success")


async def _verified(call: Call, path: Path) -> Apk:
    """Read an APK and have its signature verified; where the computer cannot do that, the log says so. Raises NotInstalled and OSError."""
    found = apk.read(path)
    try:
        return replace(found, signer=await call.device.apps.signer(found, path))
    except NotRun as error:
        call.phone.say("W", "PackageManager", f"the signature of {found.package} was not verified: {error}"[:1000])
        return found


async def _fetch(call: Call, file: Path, source: str = "") -> None:
    """Bring an APK into the phone's own folder. Raises NotInstalled and OSError."""
    size = value_of(call.words, "-S")
    source = source or "".join(options_off(call.words, valued=VALUED)[:1]) or "-"
    with file.open("wb") as target:
        if source == "-":
            if not (size or "").isdecimal():
                raise NotInstalled("INSTALL_FAILED_INVALID_APK", "stdin needs its size: -S")
            await call.stdin(int(size or 0), target.write)
        else:
            with call.path(source).open("rb") as given:
                shutil.copyfileobj(given, target, CHUNK)
    if size is not None and size.isdecimal() and file.stat().st_size != int(size):
        raise NotInstalled("INSTALL_FAILED_INVALID_APK", f"Expected {size} bytes, got {file.stat().st_size}")


async def _refused(call: Call, error: NotInstalled | OSError) -> Ended:
    """Say why not, as the package manager does."""
    if isinstance(error, NotInstalled):
        why = str(error)
    elif error.errno in (errno.ENOSPC, errno.EDQUOT):
        why = "INSTALL_FAILED_INSUFFICIENT_STORAGE"
    else:
        why = f"INSTALL_FAILED_INVALID_URI: {error.filename}: {error.strerror}"
    call.phone.say("W", "PackageManager", f"refused: {why}")
    await call.say(f"Failure [{why}]")
    return Ended(1)


async def _session(call: Call, words: tuple[str, ...], *, close: bool = False) -> _Session:
    """The session of a number."""
    number = int(words[0]) if words and words[0].isdecimal() and len(words[0]) < 12 else -1
    if number not in _sessions:
        raise await call.fail("Failure [INSTALL_FAILED_INVALID_INSTALL_LOCATION: no such session]")
    return _sessions.pop(number) if close else _sessions[number]


def _wish(call: Call) -> Wish:
    """How the installation is asked for."""
    return Wish(downgrade="-d" in call.words, test_only="-t" in call.words, replace="-R" not in call.words)
