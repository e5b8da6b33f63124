"""One browser for the tests of a file, the page as it is made for users, and orders carried out in it."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Playwright, sync_playwright

import tiny_tfjs
from linear_model import BIAS, ROWS, WEIGHTS
from pocketbench import pages, protocol
from pocketbench.browser import flags
from pocketbench.browser.server import serve
from pocketbench.browser.site import Site
from pocketbench.parts import chromium
from pocketbench.protocol import Order, Phase, Report, TensorFile

Array = np.ndarray[Any, Any]
ENDED = "html[data-state=done], html[data-state=failed]"
PATIENCE_MS = 60_000.0
NOTHING = Order(protocol.PROTOCOL, "0", "outputs", "tfjs", "model", "wasm", 1, {}, 1, (), ())
SHORT = (Phase("load"), Phase("first"), Phase("warmup", min_runs=2), Phase("steady", min_runs=3, max_runs=5))


@pytest.fixture(scope="session")
def page_folder(cache_of_its_own: Path) -> Path:
    """The page, bundled."""
    return pages.folder()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """What drives the browser."""
    with sync_playwright() as started:
        yield started


@pytest.fixture(scope="module")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """A browser whose WebGL and WebGPU are carried by software."""
    opened = playwright.chromium.launch(executable_path=chromium.program(), args=[*flags.ALWAYS, *flags.SOFTWARE], chromium_sandbox=False)
    yield opened
    opened.close()


@pytest.fixture
def order() -> Order:
    """An outputs order for the folder ``model``: x (1, 4) to y (1, 3), float32, five rows, on wasm."""
    return Order(
        protocol=protocol.PROTOCOL, order="0123", kind="outputs", engine="tfjs", model="model", accelerator="wasm", threads=1, options={}, rows=ROWS,
        inputs=(TensorFile("x", "input0.bin", (1, 4), "float32"),), outputs=(TensorFile("y", "output0.bin", (1, 3), "float32"),),
    )  # fmt: skip


@pytest.fixture
def timing(order: Order) -> Order:
    """The same as a timing order of a few runs."""
    return msgspec.structs.replace(order, kind="timing", phases=SHORT)


@pytest.fixture
def rows() -> Array:
    """Five rows of the input, (5, 1, 4) float32."""
    return np.random.default_rng(7).normal(size=(ROWS, 1, 4)).astype("<f4")


@pytest.fixture
def folder(tmp_path: Path, rows: Array) -> Path:
    """A folder with a linear graph model and the rows."""
    tiny_tfjs.write(tmp_path / "model", *tiny_tfjs.linear(WEIGHTS, BIAS))
    rows.tofile(tmp_path / "input0.bin")
    return tmp_path


@pytest.fixture(scope="module")
def tab(browser: Browser) -> Iterator[Page]:
    """A tab. Each order is another origin in it, and another document."""
    with closing(browser.new_context()) as context:
        yield context.new_page()


@pytest.fixture
def own_tab(browser: Browser) -> Iterator[Page]:
    """A tab for one test alone, which may change what the page finds there."""
    with closing(browser.new_context()) as context:
        yield context.new_page()


@contextmanager
def served(page_folder: Path, folder: Path, order: Order, said: bytes = b"") -> Iterator[str]:
    """Serve the page with an order, or with a text in its place."""
    protocol.write_order(order, folder)
    if said:
        (folder / protocol.ORDER).write_bytes(said)
    with serve(Site(page_folder, order, folder, lambda: None)) as url:
        yield url


@pytest.fixture
def look(page_folder: Path, own_tab: Page) -> Callable[[Path, Order], AbstractContextManager[Page]]:
    """Open the page on an order as a person would, in a tab of the test's own."""

    @contextmanager
    def look(folder: Path, order: Order, said: bytes = b"") -> Iterator[Page]:
        with served(page_folder, folder, order, said) as url:
            own_tab.goto(f"{url}page/index.html")
            yield own_tab

    return look


Carry = Callable[..., Report]


@pytest.fixture
def carry(page_folder: Path, tab: Page) -> Carry:
    """Open the page on an order, or on the text of one, and read its report as the host would.

    ``where`` is a tab of the test's own; ``by`` a function that carries the order out in the page's stead, given its modules.
    """

    def start(folder: Path, order: Order, *, said: bytes = b"", where: Page = tab, by: str = "") -> Report:
        with served(page_folder, folder, order, said) as url:
            where.goto(f"{url}page/index.html{'' if by else '#go'}")
            if by:
                where.evaluate(f"async () => ({by})(await import('./run.js'), await import('./harness.js'))")
            else:
                where.wait_for_selector(ENDED, timeout=PATIENCE_MS)
        return protocol.read_report((folder / protocol.REPORT).read_bytes(), order)

    return start


@pytest.fixture(scope="module")
def ask(page_folder: Path, browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Any]]:
    """Call a function with a module of the page, and with what else is given: ``ask("clock", "({ clockStep }) => clockStep()")``."""
    with served(page_folder, tmp_path_factory.mktemp("asked"), NOTHING) as url, closing(browser.new_context()) as context:
        page = context.new_page()
        page.goto(f"{url}page/index.html")

        def call(module: str, function: str, *given: Any) -> Any:
            return page.evaluate(f"async (given) => ({function})(await import('./{module}.js'), ...given)", list(given))

        yield call
