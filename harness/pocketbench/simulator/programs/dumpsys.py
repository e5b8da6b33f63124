"""``dumpsys`` and ``service``: what the phone's services say of themselves."""

import asyncio
from pathlib import Path

from pocketbench.simulator.inside import webview
from pocketbench.simulator.programs import memory, packages, table
from pocketbench.simulator.programs.battery import battery
from pocketbench.simulator.programs.call import Call, Program
from pocketbench.simulator.programs.power import power_dump
from pocketbench.simulator.programs.thermal import thermal_dump

# What a phone shows when it shows nothing.
LAUNCHER = "com.android.launcher3/com.android.launcher3.Launcher"


async def dumpsys(call: Call) -> None:
    """``dumpsys [-l] [-t SECONDS] SERVICE [WORD…]``."""
    words = call.words
    if words[:1] == ("-l",):
        await call.say("\n".join(["Currently running services:", *(f"  {name}" for name in sorted(SERVICES))]))
        return
    while words[:1] in (("-t",), ("-T",)):
        words = words[2:]
    name = "".join(words[:1])
    if name not in SERVICES:
        await call.complain(f"Can't find service: {name}" if name else "dumpsys: name a service; -l lists them")
        return
    await SERVICES[name](call.renamed(name, words[1:]))


async def service(call: Call) -> None:
    """``service list`` and ``service check NAME``."""
    if call.words[:1] == ("list",):
        await call.say("\n".join([f"Found {len(SERVICES)} services:", *(f"{number}\t{name}: []" for number, name in enumerate(sorted(SERVICES)))]))
    elif call.words[:1] == ("check",) and call.words[1:]:
        await call.say(f"Service {call.words[1]}: {'found' if call.words[1] in SERVICES else 'not found'}")
    else:
        raise await call.fail("Usage: service [-h|-?]\n       service list\n       service check SERVICE", 10)


async def cpu_dump(call: Call) -> None:
    """``dumpsys cpuinfo``: load, then each process's share since it was started."""
    load = " / ".join(Path("/proc/loadavg").read_text().split()[:3])
    rows = sorted(table.processes(), key=lambda row: -row.share)[:30]
    shares = "".join(f"  {row.share:.1f}% {row.pid}/{row.name}: {row.share:.1f}% user + 0% kernel\n" for row in rows)
    await call.say(f"Load: {load}\nCPU usage from 0ms to {round(call.phone.seconds() * 1000)}ms later:\n{shares}".rstrip("\n"))


async def window_dump(call: Call) -> None:
    """``dumpsys window``: whether the screen is on and unlocked, and whose window is in front."""
    keyguard = call.phone.keyguard
    awake, showing, secure = (str(one).lower() for one in (call.phone.screen.awake(), keyguard.locked(), keyguard.secure))
    await call.say(
        f"WINDOW MANAGER POLICY STATE (dumpsys window policy)\n    screenState={'SCREEN_STATE_ON' if awake == 'true' else 'SCREEN_STATE_OFF'}\n"
        f"    interactiveState={'INTERACTIVE_STATE_AWAKE' if awake == 'true' else 'INTERACTIVE_STATE_SLEEP'}\n"
        f"    mAwake={awake}\n    mDreamingLockscreen={showing}\n    KeyguardServiceDelegate\n      showing={showing}\n      secure={secure}\n"
        f"  mCurrentFocus=Window{{7c1e2d u0 {LAUNCHER}}}\n  mFocusedApp=ActivityRecord{{5b0f3a u0 {LAUNCHER} t2}}"
    )


async def trust_dump(call: Call) -> None:
    """``dumpsys trust``: whether the owner's phone is locked, and what unlocks it."""
    keyguard = call.phone.keyguard
    await call.say(
        f'Trust manager state:\n User "Owner" (id=0, flags=0x4c13) (current): trustState=UNTRUSTED, trustManaged=0, '
        f"deviceLocked={int(keyguard.locked())}, isActiveUnlockRunning=0, strongAuthRequired={keyguard.strong_auth():#x}"
    )


async def surface_dump(call: Call) -> None:
    """``dumpsys SurfaceFlinger``: the line with the driver of OpenGL ES."""
    driver = call.phone.profile.drivers.get("gles", "none")
    await call.say(f"GLES: Mesa, {driver}, OpenGL ES 3.2" if driver != "none" else "GLES: none")


async def activity_dump(call: Call) -> None:
    """``dumpsys activity``: the launcher is in front."""
    await call.say(f"ACTIVITY MANAGER ACTIVITIES (dumpsys activity activities)\n  mResumedActivity: ActivityRecord{{5b0f3a u0 {LAUNCHER} t2}}")


async def webview_dump(call: Call) -> None:
    """``dumpsys webviewupdate``: the WebView in use, which is the computer's Chromium."""
    there = webview.environment(call.phone.profile.packages, ())
    version = (call.phone.profile.webview or await asyncio.to_thread(webview.version)) if there else ""
    used = f"(name, version): ({webview.PACKAGE}, {version})" if version else "is null"
    await call.say(f"Current WebView Update Service state\n  Current WebView package {used}")


async def display_dump(call: Call) -> None:
    """``dumpsys display``: the screen's size, upright."""
    screen = call.phone.profile.screen
    size = f"{screen.width} x {screen.height}, density {screen.density}" if screen else "none"
    await call.say(
        f"DISPLAY MANAGER (dumpsys display)\n  mViewports=[DisplayViewport{{type=INTERNAL, valid=true, displayId=0, orientation=0}}]\n  Built-in Screen: {size}"
    )


SERVICES: dict[str, Program] = {
    "SurfaceFlinger": surface_dump,
    "activity": activity_dump,
    "battery": battery,
    "cpuinfo": cpu_dump,
    "display": display_dump,
    "meminfo": memory.meminfo,
    "package": packages.dump,
    "power": power_dump,
    "thermalservice": thermal_dump,
    "trust": trust_dump,
    "webviewupdate": webview_dump,
    "window": window_dump,
}
