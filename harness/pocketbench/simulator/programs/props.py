"""``getprop`` and ``setprop``."""

from pocketbench.simulator.programs.call import Call


async def getprop(call: Call) -> None:
    """``getprop [NAME [DEFAULT]]``."""
    properties = call.phone.properties
    if call.words:
        await call.say(properties.get(call.words[0]) or "".join(call.words[1:2]))
        return
    await call.say("\n".join(f"[{name}]: [{value}]" for name, value in properties.all().items()))


async def setprop(call: Call) -> None:
    """``setprop NAME VALUE``."""
    if len(call.words) != 2:
        raise await call.fail("usage: setprop NAME VALUE\n\nSets an Android system property.")
    if not call.phone.properties.set(*call.words):
        raise await call.fail(f"Failed to set property '{call.words[0]}' to '{call.words[1]}'.\nSee dmesg for error reason.")
