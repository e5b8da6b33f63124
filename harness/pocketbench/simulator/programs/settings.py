"""``settings``."""

from pocketbench.simulator.programs.call import Call
from pocketbench.simulator.state.settings import TABLES

USAGE = """Settings provider (settings) commands:
  get [--user <USER_ID> | current] NAMESPACE KEY
  put [--user <USER_ID> | current] NAMESPACE KEY VALUE
  delete [--user <USER_ID> | current] NAMESPACE KEY
  list [--user <USER_ID> | current] NAMESPACE
  NAMESPACE is one of {system, secure, global}, case-insensitive"""


async def settings(call: Call) -> None:
    """``settings get|put|delete|list [--user USER] NAMESPACE [KEY [VALUE]]``."""
    words = list(call.words)
    if "--user" in words:
        place = words.index("--user")
        del words[place : place + 2]
    verb, table, *rest = [*words, "", ""]
    if (verb, len(words)) not in {("get", 3), ("put", 4), ("put", 5), ("delete", 3), ("list", 2)}:
        raise await call.fail(f"Invalid command\n{USAGE}" if words else USAGE, 255)
    if table.lower() not in TABLES:
        raise await call.fail(f"Invalid namespace '{table}'", 255)
    await _do(call, verb, table.lower(), *rest[:2])


async def _do(call: Call, verb: str, table: str, name: str, value: str) -> None:
    """One of the four."""
    kept = call.phone.settings
    if verb == "get":
        await call.say(kept.get(table, name) or ("null" if kept.get(table, name) is None else ""))
    elif verb == "list":
        await call.say("\n".join(f"{name}={value}" for name, value in kept.all(table).items()))
    elif verb == "delete":
        await call.say(f"Deleted {kept.delete(table, name)} rows")
    elif not kept.put(table, name, value):
        raise await call.fail("too many settings")
