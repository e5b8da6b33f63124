"""The page inside an app: what it writes goes to the object that the app has put there, in pieces, and not to the server that it came from."""

import base64
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from playwright.sync_api import Page

from linear_model import BIAS, WEIGHTS
from pocketbench import protocol
from pocketbench.protocol import Done, Order

pytestmark = [pytest.mark.slow, pytest.mark.needs_part("chromium")]
Array = np.ndarray[Any, Any]
STAND_IN = """
globalThis.said = { report: [], output: [], stage: [] };
globalThis.PocketbenchApp = {
  report: (piece) => said.report.push(piece), output: (file, base64) => said.output.push([file, base64]), stage: (name) => said.stage.push(name),
};
"""
ENDED = "html[data-state=done], html[data-state=failed]"


def test_an_order_is_reported_to_the_app_around_the_page(
    look: Callable[..., AbstractContextManager[Page]], own_tab: Page, folder: Path, order: Order, rows: Array
) -> None:
    """The runner is the app; nothing is posted, for which a page in an app has nobody."""
    posted: list[str] = []
    own_tab.add_init_script(STAND_IN)
    own_tab.on("request", lambda request: posted.append(request.url) if request.method != "GET" else None)
    with look(folder, order) as page:
        page.click("button")
        page.wait_for_selector(ENDED)
        said = page.evaluate("said")
    report = protocol.read_report("".join(said["report"]), order)
    written = b"".join(base64.b64decode(piece) for _, piece in said["output"])

    assert (report.hello.runner, report.end, posted, said["stage"]) == ("app", Done(), [], ["load", "outputs"])
    assert {file for file, _ in said["output"]} == {"output0.bin"}
    assert np.frombuffer(written, "<f4").reshape(-1, 3) == pytest.approx(rows[:, 0] @ WEIGHTS + BIAS, abs=1e-5)


def test_what_is_long_is_handed_over_in_bounded_pieces(look: Callable[..., AbstractContextManager[Page]], own_tab: Page, folder: Path, order: Order) -> None:
    """Together they are what was written."""
    own_tab.add_init_script(STAND_IN)
    with look(folder, msgspec.structs.replace(order, order="long")) as page:
        said = page.evaluate("""async () => {
          const harness = (await import("./harness.js")).behindThePage();
          await harness.report("x".repeat(600000));
          await harness.output("output0.bin", new Uint8Array(500000).fill(7));
          return said;
        }""")

    assert [len(piece) for piece in said["report"]] == [262144, 262144, 75712]
    assert b"".join(base64.b64decode(piece) for _, piece in said["output"]) == b"\7" * 500_000
    assert max(len(piece) for _, piece in said["output"]) <= 262144
