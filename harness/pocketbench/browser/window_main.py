"""The process that holds one Chromium: opens one page in it, prints what the page says, and ends when there is no more page.

    python -P -m pocketbench.browser.window_main

The first line on standard input is a JSON object: ``url``, ``executable``, ``arguments`` (Chromium's), ``sandbox``, ``folder``
(empty; for the profile and all that a browser leaves behind). The last line on standard output says how the page ended. When
standard input ends, whoever asked is gone, and so is everything here.
"""

import json
import os
import re
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench.browser.ending import end_around_me

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext, Error, Frame, Playwright

SHOWN = 2000
CRASHED, CLOSED, LEFT, ENDED = "the page crashed", "the page was closed", "the page went elsewhere", "the browser ended"
# What Debian's start script and Chromium say without a desktop, and nothing follows from.
NOISE = r"unexpected operator|/dbus/|\bdbus\b"


def main() -> None:
    """Open the page and stay until it ends."""
    asked = json.loads(sys.stdin.readline())
    threading.Thread(target=_until_left_alone, args=(Path(asked["folder"]),), daemon=True).start()
    sys.stdout.write(_stayed(asked))
    sys.stdout.flush()
    # What is left of the driver is ended by who asked.
    os._exit(0)


def _stayed(asked: dict[str, Any]) -> str:
    """Open the page; say how it ended."""
    from playwright.sync_api import Error, sync_playwright

    try:
        with sync_playwright() as playwright:
            return _watched(_launched(playwright, asked), asked["url"])
    except Error as error:
        _tell("browser", error.message)
        return f"the browser: {_first(error)}"


def _launched(playwright: "Playwright", asked: dict[str, Any]) -> "BrowserContext":
    """Start Chromium with an empty profile; whatever it writes, it writes into the folder."""
    folder = asked["folder"]
    return playwright.chromium.launch_persistent_context(
        f"{folder}/profile", executable_path=asked["executable"], args=asked["arguments"], chromium_sandbox=asked["sandbox"],
        env={**os.environ, "HOME": folder, "XDG_CONFIG_HOME": f"{folder}/config", "XDG_CACHE_HOME": f"{folder}/cache"},
        service_workers="block", accept_downloads=False, timeout=0,
    )  # fmt: skip


def _watched(context: "BrowserContext", url: str) -> str:
    """Open the page and print what it says until it crashes, goes elsewhere or is closed, or its browser ends."""
    from playwright.sync_api import Error

    page, ends = context.pages[0], list[str]()

    def moved(frame: "Frame") -> None:
        if frame == page.main_frame and not frame.url.startswith(url.partition("#")[0]):
            ends.append(LEFT)
            page.close()

    page.on("crash", lambda _: ends.append(CRASHED))
    page.on("console", lambda message: _tell(f"console.{message.type}", message.text))
    page.on("pageerror", lambda error: _tell("page error", error.stack or error.message))
    try:
        page.goto(url, wait_until="commit", timeout=0)
        page.on("framenavigated", moved)
        if not page.is_closed():  # nothing is heard before that waits
            page.wait_for_event("close", timeout=0)
    except Error as error:
        _tell("browser", error.message)
        if not (page.is_closed() and _closed(context) == CLOSED):  # else it was closed before it had come
            ends.append(f"the page: {_first(error)}")
    return ends[0] if ends else _closed(context)


def _closed(context: "BrowserContext") -> str:
    """Whether a page was closed alone, or with its browser."""
    from playwright.sync_api import Error

    try:
        context.cookies()
    except Error:
        return ENDED
    return CLOSED


def _first(error: "Error") -> str:
    """What went wrong, in one line: where the browser said something on its way out, the first thing it said."""
    said = [line for line in re.findall(r"\[err\] (.+)", error.message) if not re.search(NOISE, line)]
    return re.sub(r"^\[[^\]]*\] ", "", said[0] if said else error.message.strip().partition("\n")[0])[:SHOWN]


def _tell(who: str, what: str) -> None:
    """Print what a page or the browser said, bounded."""
    sys.stderr.write(f"{who}: {what[:SHOWN]}\n")
    sys.stderr.flush()


def _until_left_alone(folder: Path) -> None:
    """Wait for the end of standard input, and end everything, this process with it."""
    sys.stdin.read()
    end_around_me(folder)


if __name__ == "__main__":
    main()
