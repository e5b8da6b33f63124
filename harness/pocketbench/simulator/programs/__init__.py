"""The phone's own programs, by name. What the computer's programs do as well (ls, cat, sha256sum …) is theirs.

What apps' own processes ask of the phone's services has its place beside them, and no name in the shell.
"""

from pocketbench.simulator.programs.activities import am
from pocketbench.simulator.programs.battery import battery
from pocketbench.simulator.programs.call import Call, Program
from pocketbench.simulator.programs.dumpsys import SERVICES, dumpsys, service
from pocketbench.simulator.programs.framework import state
from pocketbench.simulator.programs.logs import log, logcat
from pocketbench.simulator.programs.packages import pm
from pocketbench.simulator.programs.power import input_, reboot, svc, wm
from pocketbench.simulator.programs.processes import pidof, ps
from pocketbench.simulator.programs.props import getprop, setprop
from pocketbench.simulator.programs.settings import settings
from pocketbench.simulator.programs.thermal import thermal

# What ``cmd SERVICE`` is another name for.
_COMMANDS: dict[str, tuple[str, Program]] = {
    "package": ("pm", pm),
    "activity": ("am", am),
    "settings": ("settings", settings),
    "thermalservice": ("thermalservice", thermal),
    "window": ("wm", wm),
    "input": ("input", input_),
    "battery": ("battery", battery),
}


async def cmd(call: Call) -> None:
    """``cmd [-l | SERVICE WORD…]``."""
    if call.words[:1] == ("-l",):
        await call.say("\n".join(["Currently running services:", *(f"  {name}" for name in sorted({*_COMMANDS, *SERVICES}))]))
        return
    name = "".join(call.words[:1])
    if name not in _COMMANDS:
        raise await call.fail(f"cmd: Can't find service: {name}" if name else "cmd: No service specified; use -l to list all services", 20)
    other, program = _COMMANDS[name]
    await program(call.renamed(other, call.words[1:]))


# A Linux board has these alone.
LINUX: dict[str, Program] = {"getprop": getprop, "reboot": reboot}
PROGRAMS: dict[str, Program] = {
    **LINUX,
    "am": am,
    "cmd": cmd,
    "dumpsys": dumpsys,
    "input": input_,
    "log": log,
    "logcat": logcat,
    "pidof": pidof,
    "pm": pm,
    "ps": ps,
    "service": service,
    "setprop": setprop,
    "settings": settings,
    "svc": svc,
    "wm": wm,
}
# What is asked by an app's process alone.
ASKED: dict[str, Program] = {"/framework/state": state}
