"""Forms, threads and engine options of jobs: the defaults, crossed where ``matrix.detail`` says so. Pure."""

import itertools
from collections.abc import Iterable, Iterator, Sequence

from pocketbench.engines import APP, ASKED_BY, OF_ACCELERATORS, SERVE, Engine, choices, needs_app, options
from pocketbench.formats import Format
from pocketbench.model import Job, Refusal
from pocketbench.suite import Suite


def forms(adapter: Format, technique: str, suite: Suite) -> Iterator[tuple[str, Refusal | None]]:
    """Every form wanted of a format and a technique, with the refusal when the format has no such form.

    Further forms of ``matrix.detail`` are of the formats that have them, and make no row elsewhere.
    """
    matrix = suite.matrix
    wanted = adapter.usual_forms if isinstance(matrix.forms, str) else matrix.forms
    further = matrix.detail.get("forms", ()) if technique in matrix.detail.get("techniques", ()) else ()
    for form in dict.fromkeys((*wanted, *(str(form) for form in further if form in adapter.forms))):
        others = ", ".join(filter(None, adapter.forms)) or "the usual one alone"
        refusal = Refusal("plan", "technique-not-for-format", f"{adapter.name} has no form {form!r}; it has {others}")
        yield form, None if form in adapter.forms else refusal


def settings(engine: Engine, runner: str, accelerator: str, technique: str, suite: Suite) -> Iterator[tuple[int, dict[str, str], tuple[str, ...]]]:
    """Threads and engine options to try: the defaults, crossed with ``matrix.detail`` where it names the technique; threads are of the processor.

    In a browser that is WebAssembly: plain JavaScript has none. So are the options, but for those of one accelerator. What can be chosen of
    runners is told only where it is crossed.
    """
    processor = accelerator == ("wasm" if "wasm" in engine.accelerators else "cpu")
    detail = suite.matrix.detail if technique in suite.matrix.detail.get("techniques", ()) else {}
    own = options(engine, runner)
    known = {name: values for name, values in choices(engine, runner).items() if name in own or (processor and name in detail)}
    named = tuple(name for name in known if name in detail and _speaks(name, accelerator, processor=processor))
    values_of = {name: tuple(dict.fromkeys(detail[name] if name in named else values[:1])) for name, values in known.items()}
    chosen = dict.fromkeys(tuple(_said(zip(values_of, map(str, values), strict=True))) for values in itertools.product(*values_of.values()))
    for threads in dict.fromkeys(detail.get("threads", suite.matrix.threads)) if processor else suite.matrix.threads[:1]:
        for pairs in chosen:
            yield int(threads), dict(pairs), tuple(name for name in named if name in dict(pairs))


def unasked(job: Job, runners: Sequence[str]) -> Refusal | None:
    """Why nobody is there to ask a job's service on a device that can start these runners; None where somebody is, or nobody asks."""
    if job.runner == APP or not needs_app(job) or APP in runners:
        return None
    return Refusal("plan", "no-runner", f"{job.device} has no Android app that could ask", f'{ASKED_BY} = ["harness"] asks from this computer')


def _said(pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """What was chosen, without who asks where nobody is asked."""
    values = dict(pairs)
    return ((name, value) for name, value in values.items() if name != ASKED_BY or values.get(SERVE, "off") != "off")


def _speaks(option: str, accelerator: str, *, processor: bool) -> bool:
    """Whether an option says something where a job computes."""
    return accelerator in OF_ACCELERATORS[option] if option in OF_ACCELERATORS else processor
