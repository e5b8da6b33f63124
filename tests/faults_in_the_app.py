"""What befalls the app on a simulated phone, for :mod:`faults_at_random`: its process, its WebView's browser, the app itself, adb's server."""

import time
from pathlib import Path

import numpy as np

import linear_run
import tiny_tfjs
from apk import app
from far_end import FarEnd
from pocketbench.adb import binary
from pocketbench.devices.adb_app_order import PACKAGE, STOP

LOOK_S = 40.0
SUITE = (
    linear_run.HEAD
    + """
[[model]]
name = "page"
source = "model/model.json"
data = { source = "rows.npz", calibration = 0, scoring = 40, score = "r2" }

[matrix]
engines = ["tflite", "tfjs"]
accelerators = ["cpu", "wasm"]

[[except]]
engine = "tfjs"
accelerator = "cpu"
why = "one job of the page is enough"

[measure]
processes = 1
budget = "200ms"
deadline = "30s"
"""
)
BROWSER = "remote-debuggin[g]-pipe"
# What is done to a phone here, until it says that it could be done; the words of the rest are faults that it has on request.
_DONE = {
    "sigkill": f"p=$(pidof {PACKAGE}) && kill -9 $p && echo done",
    "crash": f"p=$(pidof {PACKAGE}) && kill -SEGV $p && echo done",
    "stop": f"{STOP}; echo done",
    "uninstall": f"pm uninstall {PACKAGE}; echo done",
    "renderer": "pkill -9 -f 'type=rendere[r]' && echo done",
    "browser": f"pkill -9 -f '{BROWSER}' && echo done",
}
FAULTS = {
    **dict.fromkeys((*_DONE, "server", "locked", "unplug"), ("",)),
    "drop_after": ("2000", "60000"), "reboot": ("0", "2"), "wedge": ("shell",), "full": ("0", "100K"), "kill": (f"{PACKAGE}*",),
}  # fmt: skip
# What of a run may be left on a phone: files of the shell's, the app and its folders, processes.
LEFT = (
    f"ls /data/local/tmp; pm list packages {PACKAGE}; ls -d /sdcard/Android/data/{PACKAGE} /data/data/{PACKAGE} 2>/dev/null; "
    f"pidof {PACKAGE}; pgrep -f '{BROWSER}'; pm uninstall {PACKAGE} >/dev/null; true"
)


def lay_out(folder: Path) -> tuple[str, ...]:
    """A model of TensorFlow Lite, one of TensorFlow.js, their rows and a suite; the words with which it is run by the app."""
    linear_run.made(folder, SUITE)
    tiny_tfjs.write(folder / "model", *tiny_tfjs.linear(linear_run.WEIGHTS, np.array([3.0], np.float32)))
    return "--only", "app.*", "--apk", str(app().path)


def inflict(far: FarEnd, name: str, value: str) -> None:
    """Let the phone, the app on it or adb's server have a fault; what is done to a process waits until there is one."""
    if name == "server":
        binary.run([*far.server.words, "kill-server"], deadline_s=LOOK_S)
    elif name == "locked":
        far.do("lock")
        far.do("reboot", "0")
    elif name in _DONE:
        until = time.monotonic() + LOOK_S
        while time.monotonic() < until and "done" not in far.phone.shell(_DONE[name], deadline_s=LOOK_S).stdout:
            time.sleep(0.1)
    else:
        far.do(name, value or None)
