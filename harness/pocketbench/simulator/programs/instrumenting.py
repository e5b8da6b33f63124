"""``am instrument``: the app's own instrumentation, run in a process of its own, told as the activity manager tells it."""

from dataclasses import dataclass, field

from pocketbench.simulator.inside.asking import NotRun
from pocketbench.simulator.packages.installed import Package
from pocketbench.simulator.programs.call import Call, Ended

# Options with a word after them that changes nothing here.
IGNORED = ("--user", "--abi", "-p", "--no-test-api-access-value")


@dataclass(slots=True)
class _Asked:
    """What an instrumentation is asked for with."""

    component: str = ""
    raw: bool = False
    wait: bool = False
    extras: dict[str, str] = field(default_factory=dict)


async def instrument(call: Call) -> None:
    """``am instrument [-w] [-r] [-e NAME VALUE]… PACKAGE/RUNNER``."""
    asked = await _read(call)
    name, _, written = asked.component.partition("/")
    runner = f"{name}{written}" if written.startswith(".") else written
    package = call.device.packages.get(name)
    if package is None or runner not in package.runners:
        raise await _no_such(call, asked, f"{name}/{runner}")
    try:
        begun = await call.device.apps.begin(package, runner, asked.extras, raw=asked.raw)
    except (NotRun, OSError) as error:
        raise await _not_run(call, package, asked, error) from error
    if not asked.wait:
        begun.deafen()
        return
    try:
        while (text := await begun.told.get()) is not None:
            await call.say(text)
    finally:
        begun.deafen()
    if begun.unknown:
        raise await _failed(call, asked)


async def _read(call: Call) -> _Asked:
    """The words. Raises Ended for those that Android does not know."""
    asked, rest = _Asked(), list(call.words)
    while rest:
        word = rest.pop(0)
        if word in ("-e", "--es"):
            if len(rest) < 2:
                raise await call.fail(f'java.lang.IllegalArgumentException: Argument expected after "{word}"', 255)
            name = rest.pop(0)
            asked.extras[name] = rest.pop(0)
        elif word in IGNORED:
            del rest[:1]
        elif word.startswith("-"):
            asked.raw |= word == "-r"
            asked.wait |= word == "-w"
        else:
            asked.component = word
    return asked


async def _no_such(call: Call, asked: _Asked, component: str) -> Ended:
    """There is no such instrumentation, in the activity manager's words."""
    await call.say(
        f"INSTRUMENTATION_STATUS: Error=Unable to find instrumentation info for: ComponentInfo{{{component}}}\n"
        "INSTRUMENTATION_STATUS: id=ActivityManagerService\nINSTRUMENTATION_STATUS_CODE: -1"
    )
    return await _failed(call, asked)


async def _not_run(call: Call, package: Package, asked: _Asked, error: Exception) -> Ended:
    """It is installed, and cannot be run here: the reason is in the log, and where a phone has its own reasons."""
    why = " ".join(str(error).split())
    call.phone.say("E", "ActivityManager", f"{package.name} was not started: {why}")
    await call.say(f"INSTRUMENTATION_STATUS: Error={why}\nINSTRUMENTATION_STATUS: id=ActivityManagerService\nINSTRUMENTATION_STATUS_CODE: -1")
    return await _failed(call, asked)


async def _failed(call: Call, asked: _Asked) -> Ended:
    """The exception that ``am`` ends with."""
    return await call.fail(f"android.util.AndroidException: INSTRUMENTATION_FAILED: {asked.component}")
