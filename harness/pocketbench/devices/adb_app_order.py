"""One order for the app as a text for Android's shell: the phone woken, the app begun, what it left. Pure."""

import re
import shlex

import msgspec

from pocketbench.devices import remote_order
from pocketbench.errors import WireError
from pocketbench.protocol import MAX_REPORT_BYTES, REPORT, Order

PACKAGE = "org.pocketbench.app"
INSTRUMENTATION = f"{PACKAGE}/.OrderInstrumentation"
# Where the app's orders lie: its external files folder, which adb's shell may enter on most phones.
FILES = f"/sdcard/Android/data/{PACKAGE}/files"
BASE = f"{FILES}/orders"
TAG = "pocketbench"
# The option that a service knows its client by: an order that has it does not stay there.
KNOWN_BY = "token"
STOP = f"am force-stop {PACKAGE}"

# What a phone that tells its orders' outputs by way of am may say: a byte of base64 is 6 bits.
SAID_BYTES = 8 << 20
MAX_SAID_BYTES = 1 << 30

_BEGIN = """{stop}
cd "{path}" || exit 121
rm -rf report.jsonl {outputs} || exit 122
{order}
{open}
log -t {tag} {begun} 2>/dev/null
{wake}
am instrument -w -r -e order {name}{elsewhere} {instrumentation} 2>&1 </dev/null
code=$?
{after}
echo
echo "pocketbench-ended $code"
for f in report.jsonl {outputs}; do
  if [ -f "$f" ] && [ ! -L "$f" ]; then echo "file $(wc -c <"$f") $(sha256sum <"$f" | cut -c 1-64) $f"; fi
done
true"""
_WRITE = "printf %s {text} >order.json || exit 123"
# A phone that sleeps lowers its frequencies, and an app of one is not in front.
WAKEFULNESS = "dumpsys power 2>/dev/null | grep -m 1 'mWakefulness='"
_WAKE = f"{WAKEFULNESS} | grep -q Awake || input keyevent KEYCODE_WAKEUP"
SLEEP = "input keyevent KEYCODE_SLEEP"
_ENDED = re.compile(r"^pocketbench-ended ([0-9]{1,3})$", re.MULTILINE)


def begin(path: str, order: Order, *, elsewhere: bool) -> str:
    """The text that ends what ran before, and has the app carry out the order in ``path``, whose last name is the order's for the app.

    ``elsewhere``: it lies where the app may read and not write, so that report and outputs are told by ``am``.
    """
    text = msgspec.json.encode(order).decode()
    write = _WRITE.format(text=shlex.quote(text)) if len(text) <= remote_order.MAX_ORDER_BYTES else "true"
    return _BEGIN.format(
        stop=STOP, path=path, outputs=" ".join(shlex.quote(tensor.file) for tensor in order.outputs), order=write,
        open="chmod -R a+rX ." if elsewhere else "true",
        tag=TAG, begun=shlex.quote(begun(order.order)), wake=_WAKE, name=path.rpartition("/")[2], instrumentation=INSTRUMENTATION,
        after="rm -f order.json" if KNOWN_BY in order.options else "true", elsewhere=f" -e folder {shlex.quote(path)}" if elsewhere else "",
    )  # fmt: skip


def sleeps(said: str) -> bool:
    """Whether a phone sleeps, by what :data:`WAKEFULNESS` says; one that does not tell is taken to be awake."""
    return "Asleep" in said or "Dozing" in said


def kept_out(error: WireError) -> bool:
    """Whether adb's shell may not write into the app's files there."""
    words = f"{error.message} {error.stderr}".lower()
    return any(word in words for word in ("permission denied", "operation not permitted", "read-only file system"))


def begun(order: str) -> str:
    """What is written into Android's log when an order is begun."""
    return f"order {order} is begun"


def split(said: str) -> tuple[str, remote_order.Left]:
    """What ``am`` printed, and the files that are there now."""
    ends = list(_ENDED.finditer(said))
    if not ends:
        return said, remote_order.Left("without an exit code", {})
    return said[: ends[-1].start()], remote_order.read(f"ended {ends[-1][1]}{said[ends[-1].end() :]}")


def said_bytes(order: Order, *, elsewhere: bool) -> int:
    """How much may be printed for an order, in bytes."""
    if not elsewhere:
        return SAID_BYTES
    outputs = sum(size for name, size in remote_order.limits(order).items() if name != REPORT)
    return min(MAX_SAID_BYTES, SAID_BYTES + 2 * outputs + MAX_REPORT_BYTES // 4)
