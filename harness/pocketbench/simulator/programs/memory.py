"""``dumpsys meminfo``."""

from pathlib import Path

from pocketbench.simulator.programs import table
from pocketbench.simulator.programs.call import Call
from pocketbench.simulator.programs.words import options_off


async def meminfo(call: Call) -> None:
    """``dumpsys meminfo [PACKAGE|PID]``, in KiB: one process's, or everybody's."""
    named = options_off(call.words)
    if not named:
        await call.say(_everybody())
        return
    found = [row for row in table.processes() if named[0] in (str(row.pid), row.name, row.command.split("\0")[0])]
    if not found:
        await call.say(f"No process found for: {named[0]}")
        return
    await call.say("\n\n".join(_one(row) for row in found))


def _everybody() -> str:
    """The processes, the largest first, then the phone's memory."""
    sizes = sorted(((_rollup(row.pid).get("Pss", 0), row) for row in table.processes()), key=lambda pair: -pair[0])
    rows = "".join(f"  {kilobytes:>9,}K: {row.name} (pid {row.pid})\n" for kilobytes, row in sizes if kilobytes)
    total = _fields(Path("/proc/meminfo"))
    used = total["MemTotal"] - total["MemAvailable"]
    return (
        f"Applications Memory Usage (in Kilobytes):\n\nTotal PSS by process:\n{rows}\n"
        f"Total RAM: {total['MemTotal']:,}K (status normal)\n Free RAM: {total['MemAvailable']:,}K\n Used RAM: {used:,}K"
    )


def _one(row: table.Row) -> str:
    """One process, the lines that people look for."""
    held = _rollup(row.pid)
    heap = held.get("Private_Dirty", 0)
    return (
        f"Applications Memory Usage (in Kilobytes):\n\n** MEMINFO in pid {row.pid} [{row.name}] **\n"
        " App Summary\n                       Pss(KB)                        Rss(KB)\n"
        "                        ------                         ------\n"
        f"         Native Heap: {heap:>8}                       {heap:>8}\n"
        f"           TOTAL PSS: {held.get('Pss', 0):>8}            TOTAL RSS: {held.get('Rss', 0):>8}      TOTAL SWAP (KB): {held.get('Swap', 0):>8}"
    )


def _rollup(pid: int) -> dict[str, int]:
    """A process's memory, nothing for one that is gone or is another's."""
    try:
        return _fields(Path(f"/proc/{pid}/smaps_rollup"))
    except OSError:
        return {}


def _fields(path: Path) -> dict[str, int]:
    """The lines ``Name: N kB`` of a file."""
    lines = (line.split() for line in path.read_text().splitlines())
    return {words[0].rstrip(":"): int(words[1]) for words in lines if len(words) >= 2 and words[1].isdecimal()}
