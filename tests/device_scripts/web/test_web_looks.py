"""The page as a person sees it."""

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from playwright.sync_api import Page, expect

from pocketbench.protocol import Order
from pocketbench.reasons import REASONS

pytestmark = [pytest.mark.slow, pytest.mark.needs_part("chromium")]
ENDED = "html[data-state=done], html[data-state=failed]"
Look = Callable[..., AbstractContextManager[Page]]


def run(page: Page) -> str:
    """Press the button and wait for the end; what the page then says."""
    page.get_by_role("button", name="Run").click()
    page.wait_for_selector(ENDED)
    return page.locator(".result").inner_text()


def changed(order: Order, /, **fields: Any) -> bytes:
    """An order's text with some fields changed."""
    return json.dumps({**msgspec.to_builtins(order), **fields}).encode()


def test_the_page_says_what_the_order_is_and_waits_for_the_button(folder: Path, timing: Order, look: Look) -> None:
    """Nothing is reported before it is pressed; the order stands there in words."""
    with look(folder, timing) as page:
        card = page.locator(".card").inner_text()
        assert not (folder / "report.jsonl").exists()
        assert page.title() == "waiting · tfjs on wasm · Pocketbench"
    assert "times each phase and keeps every sample" in card
    assert "x float32 [1, 4]" in card
    assert "warmup, at least 2; steady, at least 3, until 5" in card


def test_a_run_shows_its_stages_its_samples_and_what_carried_it(folder: Path, timing: Order, look: Look) -> None:
    """All stages are done, each phase has its row, the last has its pictures; the button cannot be pressed again."""
    with look(folder, timing) as page:
        words = run(page)
        expect(page.locator(".steps .done")).to_have_text(["open", "load", "first", "warmup", "steady"])
        expect(page.locator("tbody th")).to_have_text(["load", "first", "warmup", "steady"])
        expect(page.locator("figure svg")).to_have_count(2)
        expect(page.get_by_role("button", name="Run")).to_be_disabled()
    assert "Done." in words
    assert "wasm, all 3 kernels" in words
    assert "wasm simd" in words


def test_a_driver_in_software_is_not_to_be_believed_for_its_speed(folder: Path, timing: Order, look: Look) -> None:
    """As the report has it."""
    with look(folder, msgspec.structs.replace(timing, accelerator="webgl")) as page:
        assert "believe what it computes, never how fast" in run(page)


def test_a_failure_is_told_in_plain_english_with_the_runners_words_below(folder: Path, order: Order, look: Look) -> None:
    """The stage that failed is marked, what follows was not reached."""
    with look(folder, order, changed(order, outputs=[{"name": "z", "file": "z.bin", "shape": [1, 3], "dtype": "float32"}])) as page:
        words = run(page)
        expect(page.locator(".steps .failed")).to_have_text(["load"])
    assert "What the order hands to the model is not what the model takes." in words
    assert "the model's outputs are ['y'], the order's ['z']" in words


def test_text_from_an_order_is_shown_and_never_carried_out(folder: Path, order: Order, look: Look) -> None:
    """Markup in a name is letters."""
    name = "<img src=x onerror=document.title='owned'>"
    with look(folder, order, changed(order, engine=name, order=name)) as page:
        expect(page.locator("h1")).to_contain_text(name)
        expect(page.locator("img")).to_have_count(0)
        assert "this runner has no engine" in run(page)


@pytest.mark.parametrize("said", [b"{", b'{"kind": "dance", "phases": 3}', b"[]", b"null"])
def test_an_order_that_is_none_is_no_reason_to_show_nothing(folder: Path, order: Order, look: Look, said: bytes) -> None:
    """The page stands, and says why when it is asked to carry that out."""
    with look(folder, order, said) as page:
        assert "not one that this page understands" in run(page)


def test_a_harness_that_has_gone_is_said_to_have_gone(folder: Path, timing: Order, look: Look) -> None:
    """What was measured cannot be handed over."""
    with look(folder, timing) as page:
        page.route("**/report", lambda route: route.abort())
        assert "The harness does not answer" in run(page)


def test_nothing_on_the_page_moves_by_itself_or_answers_the_pointer_while_it_runs(project: Path) -> None:
    """No animation, no transition: what the browser draws while samples are taken takes time from them."""
    style = (project / "device_scripts" / "web" / "style.css").read_text(encoding="utf-8")
    assert not any(word in style for word in ("animation", "transition", "@keyframes"))
    assert "pointer-events: none" in style


def test_every_reason_that_the_page_may_give_is_told_in_plain_english(project: Path) -> None:
    """Those of the closed list that its sources name."""
    web = project / "device_scripts" / "web"
    sources = "".join(path.read_text(encoding="utf-8") for pattern in ("*.js", "engines/*.js", "tfjs/*.js") for path in web.glob(pattern))
    named, told = {reason for reason in REASONS if f'"{reason}"' in sources}, (web / "page" / "reasons.js").read_text(encoding="utf-8")
    assert {"protocol", "shape-mismatch", "accelerator-absent", "engine-cannot-read", "unsupported-operation", "engine-error"} <= named
    assert [reason for reason in named if f'"{reason}"' not in told] == []
