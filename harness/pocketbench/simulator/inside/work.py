"""Prepares one APK and puts it on a phone's shelf: ``python -m pocketbench.simulator.inside.work APK SHELF``. Says on stdout, in lines of JSON, how it goes."""

import dataclasses
import json
import sys
from pathlib import Path

from pocketbench.errors import PocketbenchError
from pocketbench.simulator.inside import NotPrepared, prepare
from pocketbench.simulator.inside.launcher import launcher
from pocketbench.simulator.inside.shelf import put

MAX_TEXT = 2000


def main(apk: str, shelf: str) -> None:
    """Do it; why not is what is said last."""
    try:
        prepared = prepare(Path(apk), lambda text: say({"said": text[:MAX_TEXT]}))
        shelved = put(prepared, launcher(prepared.java, prepared.framework), Path(shelf))
        say({"ready": dataclasses.asdict(shelved)})
    except (PocketbenchError, NotPrepared, OSError) as error:
        say({"refused": " ".join(str(error).split())[:MAX_TEXT]})


def say(message: dict[str, object]) -> None:
    """One line."""
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:3])
