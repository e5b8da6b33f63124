"""``pm`` and ``dumpsys package``: installing, listing, removing."""

import time

from pocketbench.simulator.packages.installed import Package
from pocketbench.simulator.programs import installing
from pocketbench.simulator.programs.call import Call, Ended, Program
from pocketbench.simulator.programs.words import options_off

VALUED = ("-S", "-i", "--user", "--abi", "--install-location", "--install-reason", "--pkg", "--instant", "-p", "--originating-uri", "--referrer")


async def pm(call: Call) -> None:
    """``pm install|uninstall|list|path|clear|grant|… ``."""
    verb = "".join(call.words[:1])
    if verb not in _VERBS:
        raise await call.fail(f"Unknown command: {verb}" if verb else "Package manager (package) commands:\n  " + "\n  ".join(sorted(_VERBS)), 255)
    await _VERBS[verb](call.renamed("pm", call.words[1:]))


async def listed(call: Call) -> None:
    """``pm list packages|features|users|libraries|instrumentation [-3] [-s] [-f] [-U] [--show-versioncode] [FILTER]``."""
    kind, *filters = (*options_off(call.words, valued=VALUED), "")
    if kind in ("packages", "package"):
        await _say_all(call, [_line(call, package) for package in call.device.packages.all() if _wanted(call, package, filters[0] if filters[:-1] else "")])
    elif kind == "features":
        await _say_all(call, [f"feature:{name}" for name in _features(call)])
    elif kind == "users":
        await call.say("Users:\n\tUserInfo{0:Owner:4c13} running")
    elif kind == "instrumentation":
        found = [(package, name) for package in call.device.packages.all() for name in package.instrumentation]
        await _say_all(call, [f"instrumentation:{package.name}/{name} (target={package.name})" for package, name in found])
    elif kind != "libraries":
        raise await call.fail(f"Error: unknown list type '{kind}'", 255)


async def path(call: Call) -> None:
    """``pm path PACKAGE``: one line for each of its APKs."""
    package = await _one(call)
    await call.say("\n".join(f"package:{name}" for name in package.apks))


async def uninstall(call: Call) -> None:
    """``pm uninstall [-k] [--user USER] PACKAGE``."""
    name = "".join(options_off(call.words, valued=VALUED)[:1])
    call.device.apps.stop(name, "deletePackageX")
    if not call.device.packages.uninstall(name, keep="-k" in call.words):
        await call.say("Failure [DELETE_FAILED_INTERNAL_ERROR]")
        raise Ended(1)
    call.phone.say("I", "PackageManager", f"removed {name}")
    await call.say("Success")


async def clear(call: Call) -> None:
    """``pm clear PACKAGE``."""
    name = "".join(options_off(call.words, valued=VALUED)[:1])
    if call.device.packages.get(name) is None:
        await call.say("Failed")
        raise Ended(1)
    call.device.apps.stop(name, "clearApplicationUserData")
    call.device.packages.clear(name)
    await call.say("Success")


async def granted(call: Call) -> None:
    """``pm grant|revoke|enable|disable-user PACKAGE …``: taken for a package that is there."""
    await _one(call)


async def location(call: Call) -> None:
    """``pm get-install-location``."""
    await call.say("0[auto]")


async def trim(call: Call) -> None:
    """``pm trim-caches``: there are none."""
    del call


async def dump(call: Call) -> None:
    """``dumpsys package [PACKAGE]``, the lines that people look for."""
    names = options_off(call.words)
    packages = [package for package in call.device.packages.all() if not names or package.name == names[0]]
    if names and not packages:
        await call.say(f"Unable to find package: {names[0]}")
        return
    await call.say("Packages:\n" + "\n".join(_dumped(package) for package in packages))


def _dumped(package: Package) -> str:
    """One package."""
    installed = time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime(package.installed))
    flags = " ".join(word for word, held in (("SYSTEM", not package.folder), ("DEBUGGABLE", package.debuggable), ("HAS_CODE", True)) if held)
    return (
        f"  Package [{package.name}] ({abs(hash(package.name)) % (1 << 28):x}):\n"
        f"    userId={package.user}\n    codePath={package.folder or package.apks[0].rsplit('/', 1)[0]}\n"
        f"    primaryCpuAbi={package.abi or 'null'}\n"
        f"    versionCode={package.version_code} minSdk={package.min_sdk} targetSdk={package.target_sdk}\n"
        f"    versionName={package.version_name or 'null'}\n    flags=[ {flags} ]\n    pkgFlags=[ {flags} ]\n"
        f"    firstInstallTime={installed}\n    lastUpdateTime={installed}"
    )


def _wanted(call: Call, package: Package, part: str) -> bool:
    """Whether a package is listed."""
    third, system = "-3" in call.words, "-s" in call.words
    return part in package.name and not (third and not package.folder) and not (system and package.folder) and "-d" not in call.words


def _line(call: Call, package: Package) -> str:
    """A package's line."""
    place = f"{package.apks[0]}=" if "-f" in call.words else ""
    version = f" versionCode:{package.version_code}" if "--show-versioncode" in call.words else ""
    return f"package:{place}{package.name}{version}" + (f" uid:{package.user}" if "-U" in call.words else "")


def _features(call: Call) -> list[str]:
    """What the phone has: a touch screen, and what its drivers are for."""
    drivers = call.phone.profile.drivers
    names = ["android.hardware.touchscreen"] if call.phone.profile.screen else []
    names += ["android.hardware.vulkan.version=4206592", "android.hardware.vulkan.level"] if "vulkan" in drivers else []
    return [*names, *(["reqGlEsVersion=0x30002"] if "gles" in drivers else [])]


async def _one(call: Call) -> Package:
    """The package that is named; exit code 1 and not a word when there is none."""
    names = options_off(call.words, valued=VALUED)
    package = call.device.packages.get("".join(names[:1]))
    if package is None:
        raise Ended(1)
    return package


async def _say_all(call: Call, lines: list[str]) -> None:
    """Print lines, nothing when there are none."""
    if lines:
        await call.say("\n".join(lines))


_VERBS: dict[str, Program] = {
    "clear": clear,
    "disable-user": granted,
    "dump": dump,
    "enable": granted,
    "get-install-location": location,
    "grant": granted,
    "install": installing.install,
    "install-abandon": installing.abandon,
    "install-commit": installing.commit,
    "install-create": installing.create,
    "install-write": installing.write,
    "list": listed,
    "path": path,
    "revoke": granted,
    "trim-caches": trim,
    "uninstall": uninstall,
}
