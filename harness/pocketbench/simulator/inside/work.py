"""Does what a phone asks of its computer: ``python -m pocketbench.simulator.inside.work ASKED APK SHELF``. Says on stdout, in lines of JSON, how it goes.

ASKED is ``{"do": "verify", …}``, for the signer of an APK, or ``{"do": "prepare", …}``, to have it prepared and put on the phone's shelf.
"""

import dataclasses
import json
import sys
from pathlib import Path
from typing import Any

from pocketbench.errors import PocketbenchError, ToolchainMissing
from pocketbench.simulator.inside import prepare, signed
from pocketbench.simulator.inside.launcher import launcher
from pocketbench.simulator.inside.shelf import put
from pocketbench.simulator.packages.apk import NotInstalled
from pocketbench.simulator.world import kernel

MAX_TEXT = 2000


def main(asked: str, apk: str, shelf: str) -> None:
    """Do it; why not is what is said last: with the package manager's ``word`` where it is the APK's fault, with ``lacks`` where this computer lacks a tool."""
    kernel.end_with_parent()
    try:
        say(_done(json.loads(asked), Path(apk), Path(shelf)))
    except NotInstalled as error:
        say({"refused": _short(error.why), "word": error.word})
    except (PocketbenchError, OSError) as error:
        say({"refused": _short(str(error)), "lacks": isinstance(error, ToolchainMissing)})


def say(message: dict[str, object]) -> None:
    """One line."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def _done(asked: dict[str, Any], apk: Path, shelf: Path) -> dict[str, object]:
    """What is said when it is done. Raises NotInstalled, PocketbenchError, OSError."""
    if asked["do"] == "verify":
        return {"ready": signed.signer(apk, int(asked["sdk"]), str(asked["package"]), str(asked["name"]))}
    prepared = prepare(apk, lambda text: say({"said": text[:MAX_TEXT]}))
    return {"ready": dataclasses.asdict(put(prepared, launcher(prepared.java, prepared.framework), shelf))}


def _short(text: str) -> str:
    """On one line."""
    return " ".join(text.split())[:MAX_TEXT]


if __name__ == "__main__":
    main(*sys.argv[1:4])
