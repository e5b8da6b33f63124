"""The program that runs in a cell: reads a task, goes in, does it, says how it went. Nothing of a stranger's is looked at before it is in there."""

import errno
import sys
from pathlib import Path

import msgspec

from pocketbench.errors import PocketbenchError
from pocketbench.simulator.inside import making, signed
from pocketbench.simulator.inside.cell import Line, Task
from pocketbench.simulator.inside.prepared import NotPrepared
from pocketbench.simulator.packages.apk import NotInstalled
from pocketbench.simulator.world import cell

MAX_TEXT = 2000
_WORK = {"prepare": making.make, "verify": signed.verify}


def main() -> None:
    """Do it; what is said last is how it ended."""
    task = msgspec.json.decode(sys.stdin.buffer.read(), type=Task)
    try:
        cell.enter([Path(name) for name in task.shown], Path(task.folder))
    except OSError as error:
        say(Line(failed=(f"{error.filename or 'the system'}: {error.strerror}: an APK is worked on in namespaces of its own, which are not to be had", "")))
        return
    say(_ended(task))


def say(line: Line) -> None:
    """One line."""
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


def _ended(task: Task) -> Line:
    """Do the task; how it ended."""
    try:
        return Line(done=_WORK[task.do](task, lambda text: say(Line(said=text[:MAX_TEXT] or "…"))))
    except NotInstalled as error:
        return Line(refused=(error.word, error.why[:MAX_TEXT]))
    except PocketbenchError as error:
        return Line(failed=(error.message[:MAX_TEXT], error.hint))
    except MemoryError:
        return Line(refused=(NotPrepared.WORD, f"it takes more than {cell.MAX_DATA >> 30} GiB of memory to read it"))
    except OSError as error:
        if error.errno == errno.EFBIG:
            return Line(refused=(NotPrepared.WORD, f"it would make a file of more than {cell.MAX_FILE >> 30} GiB"))
        return Line(failed=(f"{error.filename or 'the system'}: {error.strerror}"[:MAX_TEXT], ""))


if __name__ == "__main__":
    main()
