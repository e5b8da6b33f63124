"""``pocketbench page``: one job's order served for a browser that somebody opens."""

import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import tiny_tfjs
from pocketbench.browser import flags, window
from pocketbench.browser.window import Chromium
from pocketbench.parts import chromium

pytestmark = [pytest.mark.slow, pytest.mark.needs_part("chromium")]
WEIGHTS = np.array([[1.0], [-2.0], [0.5]], dtype=np.float32)
MATRIX = '[matrix]\nformats = ["tfjs"]\naccelerators = ["cpu", "wasm"]\n[measure]\nprocesses = 1\nbudget = "200ms"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A ready-made model of TensorFlow.js, and a suite of it."""
    tiny_tfjs.write(tmp_path / "given", *tiny_tfjs.linear(WEIGHTS, np.ones(1)))
    text = f'[suite]\nname = "s"\n[[model]]\nname = "m"\nsource = "given/model.json"\ndata = {{ scoring = 4 }}\n{MATRIX}'
    (tmp_path / "suite.toml").write_text(text, encoding="utf-8")
    return tmp_path


def door(folder: Path, *words: str) -> subprocess.Popen[str]:
    """``pocketbench page`` as a process."""
    command = [sys.executable, "-u", "-m", "pocketbench", "page", *words]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def serving(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The door with the job of WebAssembly, and the URL that it prints."""
    with door(folder, "suite.toml", "--only", "wasm") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "m/tfjs/tfjs/as_is/web.tfjs/wasm/t1@browser\n"
        words, _, url = process.stdout.readline().partition(": ")
        assert words == "open in a browser"
        try:
            yield process, url.strip()
        finally:
            process.kill()


def test_a_page_that_is_opened_carries_out_the_order_as_often_as_it_is_loaded(serving: tuple[subprocess.Popen[str], str], tmp_path: Path) -> None:
    """What came of it is told each time; Ctrl-C ends the door well."""
    process, url = serving
    assert process.stdout is not None
    program = chromium.program()
    assert program is not None
    for _ in range(2):
        with window.opened(f"{url}#go", Chromium(program, (*flags.ALWAYS, *flags.PROCESSOR)), tmp_path / "log.txt", threading.Event()):
            said = process.stdout.readline()

        assert said.startswith("done: median ")
        assert "executed on wasm" in said
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0


@pytest.mark.parametrize("words", [["--only", "tflite"], ["--port", "TAKEN"], ["--port", "65536"]])
def test_what_cannot_be_served_is_a_message(words: list[str], folder: Path) -> None:
    """No job, a port that another has, a port that there is not."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        port = str(other.getsockname()[1])
        with door(folder, "suite.toml", *(word.replace("TAKEN", port) for word in words)) as process:
            _, said = process.communicate(timeout=120)

    assert process.returncode == 2
    assert "Traceback" not in said
    assert f"port {port} of 127.0.0.1: address already in use" in said or "matches no job" in said or "65536 is not in the range" in said
