"""``svc``, ``input``, ``wm``, ``reboot`` and ``dumpsys power``: the screen, the keys, the switch."""

from pocketbench.simulator.programs.call import Call
from pocketbench.simulator.programs.words import options_off

WAKE_KEYS = {"224", "KEYCODE_WAKEUP", "82", "KEYCODE_MENU", "3", "KEYCODE_HOME"}
SLEEP_KEYS = {"223", "KEYCODE_SLEEP"}
POWER_KEYS = {"26", "KEYCODE_POWER"}
STAY_ON = {"true": "7", "usb": "2", "ac": "1", "wireless": "4", "false": "0"}


async def svc(call: Call) -> None:
    """``svc power stayon true|false|usb|ac|wireless``, ``svc power reboot``, ``svc wifi|data enable|disable``."""
    words = call.words
    if words[:2] == ("power", "stayon") and "".join(words[2:3]) in STAY_ON:
        call.phone.settings.put("global", "stay_on_while_plugged_in", STAY_ON[words[2]])
        if words[2] != "false":
            call.phone.screen.wake()
    elif words[:2] == ("power", "reboot"):
        call.device.reboot()
    elif words[:1] not in (("wifi",), ("data",), ("usb",), ("nfc",), ("bluetooth",)):
        raise await call.fail("Available commands:\n    help     Show information about the subcommands\n    power    Control the power manager")


async def input_(call: Call) -> None:
    """``input keyevent KEY…``; touches and texts go nowhere, but wake nothing either."""
    words = options_off(call.words)
    screen = call.phone.screen
    for key in words[1:] if words[:1] == ("keyevent",) else ():
        if key in WAKE_KEYS or (key in POWER_KEYS and not screen.awake()):
            screen.wake()
        elif key in SLEEP_KEYS or key in POWER_KEYS:
            screen.sleep()
    if not words:
        raise await call.fail("Usage: input [<source>] [-d DISPLAY_ID] <command> [<arg>...]", 255)


async def wm(call: Call) -> None:
    """``wm size``, ``wm density``, ``wm dismiss-keyguard``."""
    screen = call.phone.profile.screen
    if screen is None:
        raise await call.fail("Can't find service: window")
    if call.words[:1] == ("size",):
        await call.say(f"Physical size: {screen.width}x{screen.height}")
    elif call.words[:1] == ("density",):
        await call.say(f"Physical density: {screen.density}")


async def reboot(call: Call) -> None:
    """``reboot [MODE]``: there is only one mode to come back in."""
    if call.words[:1] and call.words[0].startswith("-") and call.words[0] not in ("-f", "-p"):
        raise await call.fail("usage: reboot [-f] [MODE]")
    call.device.reboot()


async def power_dump(call: Call) -> None:
    """``dumpsys power``, the lines that people look for."""
    phone = call.phone
    awake = phone.screen.awake()
    low = phone.battery is not None and phone.battery.level(phone.seconds()) <= 15 and not phone.battery.usb()
    await call.say(
        "POWER MANAGER (dumpsys power)\n\n"
        "Power Manager State:\n"
        f"  mWakefulness={'Awake' if awake else 'Asleep'}\n"
        "  mWakefulnessChanging=false\n"
        f"  mIsPowered={str(phone.battery is not None and phone.battery.usb()).lower()}\n"
        f"  mBatteryLevel={phone.battery.level(phone.seconds()) if phone.battery else 0}\n"
        f"  mStayOn={str(phone.settings.get('global', 'stay_on_while_plugged_in') not in (None, '0')).lower()}\n"
        f"  mBatteryLevelLow={str(low).lower()}\n"
        f"  mHalInteractiveModeEnabled={str(awake).lower()}\n"
        f"  mHoldingDisplaySuspendBlocker={str(awake).lower()}\n\n"
        f"Display Power: state={'ON' if awake else 'OFF'}"
    )
