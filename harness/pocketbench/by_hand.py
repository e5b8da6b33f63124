"""One job's timing order, laid out and served for a person to open in a browser by hand and watch."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pocketbench import convert, events, measure, opened, orders, pages, protocol, stats, suite
from pocketbench.admit import admit
from pocketbench.browser.server import serve
from pocketbench.browser.site import Site
from pocketbench.devices.browser import Browser
from pocketbench.errors import ProtocolError, Refused, SuiteError
from pocketbench.model import Job
from pocketbench.orders import Bench
from pocketbench.protocol import FailedOrder, Order
from pocketbench.request import Request
from pocketbench.suite import Measure
from pocketbench.worker import Workers


def prepared(request: Request, listen: events.Listener) -> Bench:
    """Convert and check what the first job of a request needs.

    Raises SuiteError where there is no job, ToolchainMissing without a page, what the conversion raises, and Refused where no page can run the file.
    """
    job = _first(request)
    pages.folder()
    with tempfile.TemporaryDirectory(prefix="pocketbench-") as logs, Workers(Path(logs)) as workers:
        models = opened.open_models(request.wished, (job.variant,), workers, listen)
        ((_, made),) = convert.each((job.variant,), models, workers, listen)
    if isinstance(made, Exception):
        raise made
    if refusal := admit(job, made.anatomy, {}):
        raise Refused(refusal.reason, refusal.message, hint=refusal.hint)
    model = models[job.variant.model, job.variant.framework]
    return Bench(job, Path(made.path), made.anatomy, model.source, model.rows, Browser(), 0)


@contextmanager
def served(bench: Bench, wish: Measure, port: int, tell: Callable[[str], object]) -> Iterator[str]:
    """Serve the job's timing order while the block lasts, and give the URL to open. Raises ServerError for a port that is taken.

    The page may be loaded again and again; each time that it carries out the order, tell what came of it.
    """
    effort = measure.Effort(max(1, wish.processes), suite.seconds(wish.budget), suite.share(wish.precision))
    with orders.laid_out(bench) as folder:
        order = orders.of(bench, "timing", measure.phases(effort), 1)
        protocol.write_order(order, folder)
        site = Site(pages.folder(), order, folder, lambda: tell(came_of(order, folder)), again=True)
        with serve(site, port) as url:
            yield f"{url}page/index.html"


def came_of(order: Order, folder: Path) -> str:
    """What came of an order, in one line: the median of its steady samples, or why there is none."""
    try:
        report = protocol.read_report((folder / protocol.REPORT).read_bytes(), order)
    except (OSError, ProtocolError) as error:
        return f"no report: {error}"
    if isinstance(report.end, FailedOrder):
        return f"failed: {report.end.reason}: {report.end.stage}: {report.end.message}"
    blocks = measure.steady(measure.timed(report, 0))
    where = f"{report.executed.executed_on} ({report.executed.driver})" if report.executed else "nothing"
    median = f"median {stats.summarise(blocks).median / 1e6:.4g} ms of {len(blocks[0])} samples" if blocks else "without steady samples"
    return f"done: {median}, executed on {where}"


def _first(request: Request) -> Job:
    """The first job. Raises SuiteError, in the words of the first skip where there is one."""
    if request.plan.jobs:
        return request.plan.jobs[0]
    why = next((f"{skip.job.id}: {skip.refusal.message}" for skip in request.plan.skips), "no format of it is run by a page")
    raise SuiteError(f"{request.wished.file}: no job to open: {why}", hint='a page runs tfjs: formats = ["tfjs"], accelerators = ["wasm"]')
