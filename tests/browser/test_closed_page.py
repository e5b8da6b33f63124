"""A page that somebody closes, as with the cross of its tab."""

import json
import tempfile
import threading
import time
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import pytest

from pocketbench.browser import flags, window
from pocketbench.browser.window import Chromium
from pocketbench.parts import chromium

pytestmark = [pytest.mark.slow, pytest.mark.needs_part("chromium")]
T = TypeVar("T")


def soon(what: Callable[[], list[T]], seconds: float = 30.0) -> T:
    """The first of what is there in time."""
    until = time.monotonic() + seconds
    while not (found := what()) and time.monotonic() < until:
        time.sleep(0.05)
    return found[0]


def asked(port: str, what: str) -> str:
    """What the browser's own door for developers says."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/{what}", timeout=10) as answer:
        return str(answer.read().decode())


def _closed(port: str, page: str, over: threading.Event) -> bool:
    """Close a page; Chromium forgets that of one that is just coming."""
    with suppress(OSError):  # it is gone
        asked(port, f"close/{page}")
    return over.wait(1)


def test_a_page_that_is_closed_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """And nothing waits for it any longer."""
    program, over = chromium.program(), threading.Event()
    assert program is not None
    with tempfile.TemporaryDirectory(prefix="pb-", dir="/tmp") as place:
        monkeypatch.setattr(tempfile, "tempdir", place)
        arguments = (*flags.ALWAYS, *flags.PROCESSOR, "--remote-debugging-port=0")
        with window.opened("data:text/html,<p>", Chromium(program, arguments), Path(place) / "log.txt", over) as opened:
            file = soon(lambda: [path for path in Path(place).glob("*/profile/DevToolsActivePort") if path.stat().st_size])
            port = file.read_text(encoding="utf-8").split()[0]
            page = soon(lambda: [each for each in json.loads(asked(port, "list")) if each["url"].startswith("data:")])

            assert any(_closed(port, page["id"], over) for _ in range(30))
        assert opened.ended == "the page was closed"
        assert [path.name for path in Path(place).iterdir()] == ["log.txt"]
