"""``am``: activities, instrumentation, broadcasts. An app's instrumentation is run; nothing of an app is shown."""

import contextlib
import fnmatch
import os
import signal

from pocketbench.simulator.programs import table
from pocketbench.simulator.programs.call import Call, Program
from pocketbench.simulator.programs.instrumenting import instrument
from pocketbench.simulator.programs.words import options_off, value_of

VALUED = ("-n", "-a", "-d", "-t", "-c", "-f", "--user", "-e", "--es", "--ez", "--ei", "--el", "--ef", "--display", "--abi")


async def am(call: Call) -> None:
    """``am start|instrument|force-stop|kill|broadcast …``."""
    verb = "".join(call.words[:1])
    if verb not in _VERBS:
        raise await call.fail(
            f"Unknown command: {verb}" if verb else "Activity manager (activity) commands:\n  start, instrument, force-stop, kill, broadcast", 255
        )
    await _VERBS[verb](call.renamed("am", call.words[1:]))


async def start(call: Call) -> None:
    """``am start -n PACKAGE/ACTIVITY``: no package of this phone has an activity that could be shown."""
    component = value_of(call.words, "-n") or "".join(options_off(call.words, valued=VALUED)[:1])
    await call.say(f"Starting: Intent {{ cmp={component} }}")
    raise await call.fail(f"Error type 3\nError: Activity class {{{component}}} does not exist.")


async def force_stop(call: Call) -> None:
    """``am force-stop PACKAGE``: its processes are killed; one that is not there is none."""
    package = "".join(options_off(call.words, valued=VALUED)[:1])
    if not package:
        raise await call.fail('java.lang.IllegalArgumentException: Argument expected after "force-stop"', 255)
    call.device.apps.stop(package, f"stop {package} due to from pid {call.process}")
    for row in table.processes():
        if fnmatch.fnmatchcase(row.command.split("\0")[0], package) or row.command.startswith(f"{package}:"):
            with contextlib.suppress(ProcessLookupError):  # it has ended meanwhile
                os.kill(row.pid, signal.SIGKILL)


async def broadcast(call: Call) -> None:
    """``am broadcast -a ACTION``: nobody listens."""
    await call.say(f"Broadcasting: Intent {{ act={value_of(call.words, '-a') or ''} flg=0x400000 }}\nBroadcast completed: result=0")


async def kill_all(call: Call) -> None:
    """``am kill-all``: there is nothing in the background."""
    del call


_VERBS: dict[str, Program] = {
    "start": start,
    "start-activity": start,
    "instrument": instrument,
    "force-stop": force_stop,
    "kill": force_stop,
    "kill-all": kill_all,
    "broadcast": broadcast,
}
