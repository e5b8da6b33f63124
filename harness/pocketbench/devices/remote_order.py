"""One order as texts for a device's shell: how the runner is begun there, and what it left. Pure.

Files on a device are named for what is in them, so that one that is there is not sent again; the order that goes there says so.
"""

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from pocketbench import protocol
from pocketbench.devices import remote_group
from pocketbench.devices.remote_python import Python
from pocketbench.protocol import Order
from pocketbench.serving import there

LOG = "log.txt"
LOG_TAIL_BYTES = 16 * 1024
# A command for adb's shell has 64 KiB at most, ssh's more.
MAX_ORDER_BYTES = 32 * 1024

_BEGIN = """{end}
cd "{path}" || exit 121
rm -rf report.jsonl {log} tmp {outputs} && mkdir tmp || exit 122
{order}
TMPDIR="$PWD/tmp" XDG_CACHE_HOME="$PWD/tmp" PYTHONDONTWRITEBYTECODE=1 LC_ALL=C.UTF-8 {python} -c {starter} runner/runner.py . >{log} 2>&1 </dev/null
echo "ended $?"
rm -rf pid tmp
for f in report.jsonl {outputs}; do
  if [ -f "$f" ] && [ ! -L "$f" ]; then echo "file $(wc -c <"$f") $(sha256sum <"$f" | cut -c 1-64) $f"; fi
done
tail -c {tail} {log} >&2
true"""
_WRITE = "printf %s {text} >order.json || exit 123"

_FILE = re.compile(r"file +([0-9]{1,15}) ([0-9a-f]{64}) (.+)")
_ENDED = re.compile(r"ended ([0-9]{1,3})")


@dataclass(frozen=True, slots=True)
class Left:
    """What an order left on the device: how its process ended, and of each file that is there the size in bytes and the hash."""

    ended: str
    files: Mapping[str, tuple[int, str]]


def begin(path: str, order: Order, python: Python) -> str:
    """The text that ends what ran before, carries out an order in the folder ``path``, and says what it left, its log on standard error."""
    text = msgspec.json.encode(order).decode()
    outputs = " ".join(shlex.quote(tensor.file) for tensor in order.outputs)
    write = _WRITE.format(text=shlex.quote(text)) if len(text) <= MAX_ORDER_BYTES else "true"
    return _BEGIN.format(
        end=remote_group.end(path), path=path, log=LOG, outputs=outputs, order=write, python=shlex.quote(python.program),
        starter=shlex.quote(remote_group.STARTER), tail=LOG_TAIL_BYTES,
    )  # fmt: skip


def too_long(order: Order) -> bool:
    """Whether an order must be sent as a file before it is begun."""
    return len(msgspec.json.encode(order)) > MAX_ORDER_BYTES


def log(path: str) -> str:
    """The text that shows the end of what the runner printed so far."""
    return f'tail -c {LOG_TAIL_BYTES} "{path}/{LOG}" 2>/dev/null; true'


def read(said: str) -> Left:
    """Read what :func:`begin` says; lines of another form are left out."""
    ended = next((found[1] for line in said.splitlines() if (found := _ENDED.fullmatch(line))), "")
    files = {found[3]: (int(found[1]), found[2]) for line in said.splitlines() if (found := _FILE.fullmatch(line))}
    return Left(_words(int(ended)) if ended else "without an exit code", files)


def limits(order: Order) -> dict[str, int]:
    """How many bytes of each file an order may bring: its report, and its outputs where it is for those."""
    return {protocol.REPORT: protocol.MAX_REPORT_BYTES, **there.limits(order)}


def _words(code: int) -> str:
    """How a process ended: a shell adds 128 to a signal's number."""
    import signal

    try:
        return f"signal {signal.Signals(code - 128).name}" if code > 128 else f"exit code {code}"
    except ValueError:
        return f"exit code {code}"
