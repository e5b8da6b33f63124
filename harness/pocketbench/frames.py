"""Records to pandas frames: one row a sample, or one row a job.

The columns are contracts that others' scripts lean on: columns may be added at the end, none renamed. Statistics are
computed here, on reading, by :mod:`stats`.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench import beside_app, store, trust, watched
from pocketbench.model import UNKNOWN, AppPart, Measured, Measurement, Proof, Refusal
from pocketbench.outcomes import Outcome, controlled

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    Array = np.ndarray[Any, Any]

SAMPLE_COLUMNS = (
    "run", "job", "model", "framework", "format", "technique", "form", "route", "engine", "engine_version", "engine_options", "runner", "device",
    "device_kind", "accelerator", "executed_on", "driver", "execution", "threads", "process", "batch", "phase", "metric", "unit", "index", "value", "flaws",
)  # fmt: skip

JOB_COLUMNS = (
    "run", "job", "status", "stage", "reason", "message", "model", "framework", "format", "technique", "form", "route", "engine", "engine_version",
    "engine_options", "runner", "device", "device_kind", "accelerator", "executed_on", "driver", "execution", "delegated", "operations", "threads",
    "size_bytes", "zip_bytes", "parameters", "parameters_quantized", "latency_median_ns", "latency_p5_ns", "latency_p95_ns", "latency_low_ns",
    "latency_high_ns", "latency_n", "load_median_ns", "first_ns", "round_trip_median_ns", "peak_memory_bytes", "score", "score_name", "score_n",
    "agreement", "max_abs_diff", "trust", "flaws", "zeros", "unique_values", "channel_values", "two_of_four", "sparse_tensors", "extra_epochs", "control",
    "control_score",
)  # fmt: skip

_WHOLE = (
    "delegated", "operations", "threads", "size_bytes", "zip_bytes", "parameters", "parameters_quantized", "latency_n", "peak_memory_bytes", "score_n",
    "unique_values", "channel_values", "sparse_tensors", "extra_epochs",
)  # fmt: skip
_REAL = (
    "latency_median_ns", "latency_p5_ns", "latency_p95_ns", "latency_low_ns", "latency_high_ns", "load_median_ns", "first_ns", "round_trip_median_ns",
    "score", "agreement", "max_abs_diff", "zeros", "two_of_four", "control_score",
)  # fmt: skip

BESIDE_COLUMNS = (
    "run", "model", "framework", "format", "technique", "form", "device", "device_kind", "accelerator", "threads", "python_job", "app_job", "python_engine",
    "python_version", "app_engine", "app_version", "runtimes", "python_executed_on", "app_executed_on", "python_driver", "app_driver", "python_median_ns",
    "app_median_ns", "ratio", "ratio_low", "ratio_high", "why_not", "flaws",
)  # fmt: skip

CONDITION_COLUMNS = (
    "run", "job", "device", "device_kind", "runner", "seen_by", "order", "process", "at", *watched.WORDS, *watched.NUMBERS, "flaws",
)  # fmt: skip

APP_COLUMNS = ("run", "device", "device_kind", "apk_sha256", "apk_bytes", "abi", "part", "is_engine", "download_bytes", "installed_bytes", "files")


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs that were read: their contents, and every job's outcome in the order it ran."""

    contents: tuple[store.Contents, ...]
    outcomes: tuple[Outcome, ...]

    @property
    def damaged(self) -> tuple[tuple[int, str], ...]:
        """Lines of records.jsonl that could not be read: number from 1, and why."""
        return tuple(line for one in self.contents for line in one.damaged)

    def frame(self) -> "pd.DataFrame":
        """One row a sample, :data:`SAMPLE_COLUMNS`. ``value`` is of one inference: the sample divided by its batch."""
        return _samples(self.outcomes)

    def jobs(self) -> "pd.DataFrame":
        """One row a job, skips and failures too, :data:`JOB_COLUMNS`. Times are nanoseconds; what is not known is empty."""
        import pandas as pd

        kinds: dict[tuple[str, ...], list[Outcome]] = {}
        for outcome in self.outcomes:
            kinds.setdefault(outcome.kind, []).append(outcome)
        frame = pd.DataFrame([_row(outcome, kinds[outcome.kind]) for outcome in self.outcomes], columns=list(JOB_COLUMNS))
        return frame.astype(dict.fromkeys(_WHOLE, "Int64") | dict.fromkeys(_REAL, "float64"))

    def python_beside_app(self) -> "pd.DataFrame":
        """One row a file that the app and a runner without it (Python; Node.js for TensorFlow.js) both measured on one device, :data:`BESIDE_COLUMNS`.

        ``ratio`` is the app's median by the other's, ``ratio_low`` to ``ratio_high`` its 95 % interval (:func:`stats.ratio`); where ``why_not`` says
        why, there is none. ``runtimes``: same, versions (of one runtime), runtimes (of one format). ``flaws`` are those of both: what is SIMULATED is.
        """
        import pandas as pd

        frame = pd.DataFrame([_beside(pair) for pair in beside_app.pairs(self.outcomes)], columns=list(BESIDE_COLUMNS))
        return frame.astype({"threads": "Int64"} | dict.fromkeys(("python_median_ns", "app_median_ns", "ratio", "ratio_low", "ratio_high"), "float64"))

    def conditions(self) -> "pd.DataFrame":
        """One row a look at a device, :data:`CONDITION_COLUMNS`: the harness's before and after each job, and a runner's, if it takes any.

        Those are ``at`` before the first phase of each process of an order (timing, memory), and after each phase. What a device does not tell is empty.
        """
        import pandas as pd

        looked = [(outcome, moment) for outcome in self.outcomes if isinstance(outcome.record, Measured) for moment in watched.moments(outcome.record)]
        frame = pd.DataFrame([_look(outcome, moment) for outcome, moment in looked], columns=list(CONDITION_COLUMNS))
        return frame.astype({"process": "Int64"} | dict.fromkeys(watched.NUMBERS, "float64"))

    def app_parts(self) -> "pd.DataFrame":
        """One row a part of the Android app that a device had, :data:`APP_COLUMNS`: each engine, and what they share; bytes, as in :class:`AppPart`."""
        import pandas as pd

        rows = [
            [one.facts.id, *(app.device, app.device_kind, app.sha256, app.size_bytes, app.abi), *_part(part)]
            for one in self.contents
            for app in one.apps.values()
            for part in app.parts
        ]
        return pd.DataFrame(rows, columns=list(APP_COLUMNS))


def load(*runs: str | Path, results: Path = Path("results")) -> Runs:
    """Read runs by id, path or ``last`` (the default). Raises ResultsError when one is not there or unreadable."""
    found = {run.folder.resolve(): run for run in (store.find(results, which) for which in runs or ("last",))}
    return gather(store.read(run) for run in found.values())


def gather(contents: Iterable[store.Contents]) -> Runs:
    """Put each record beside its artifact."""
    known = tuple(contents)
    outcomes = (Outcome(one.facts.id, record, one.artifacts.get(record.artifact)) for one in known for record in one.records.values())
    return Runs(known, tuple(outcomes))


def _identity(outcome: Outcome) -> dict[str, str]:
    """The columns that both frames share: who, where, with what. Segments a skip cannot know are empty."""
    job, record = outcome.job, outcome.record
    proof, version = (record.proof, record.engine_version) if isinstance(record, Measured) else (Proof(""), "")
    cells = {
        "run": outcome.run, "job": job.id, "model": job.variant.model, "framework": job.variant.framework, "format": job.variant.format,
        "technique": job.variant.technique, "form": job.variant.form, "route": job.variant.route, "engine": job.engine, "engine_version": version,
        "engine_options": "+".join(f"{key}={value}" for key, value in job.options.items()), "runner": job.runner, "device": job.device,
        "device_kind": record.device_kind, "accelerator": job.accelerator, "executed_on": proof.executed_on, "driver": proof.driver,
        "execution": proof.execution if isinstance(record, Measured) else "", "flaws": " ".join(outcome.flaws),
    }  # fmt: skip
    return {key: "" if cell == UNKNOWN else cell for key, cell in cells.items()}


def _look(outcome: Outcome, moment: watched.Moment) -> dict[str, object]:
    """One row of the frame of conditions."""
    identity = _identity(outcome)
    where = {key: identity[key] for key in ("run", "job", "device", "device_kind", "runner", "flaws")}
    seen = {"seen_by": moment.seen_by, "order": moment.order, "process": moment.process, "at": moment.at}
    return {**dict.fromkeys(watched.WORDS, ""), **where, **seen, **watched.cells(moment.conditions)}


def _row(outcome: Outcome, among: Sequence[Outcome]) -> dict[str, object]:
    """One row of the frame of jobs; its control is one of ``among``."""
    refusal = outcome.refusal or Refusal("", "", "")
    anatomy = outcome.artifact.anatomy if outcome.artifact else None
    counted = ("size_bytes", "zip_bytes", "parameters", "parameters_quantized", "zeros", "unique_values", "sparse_tensors")
    inside: dict[str, object] = {key: getattr(anatomy, key, None) for key in counted}
    if outcome.artifact:
        kernels = trust.retrainable(outcome.artifact.anatomy.kernels)
        inside["channel_values"] = max((kernel.channel_values for kernel in kernels), default=None)
        inside |= {"two_of_four": trust.two_of_four(kernels), "extra_epochs": outcome.artifact.extra_epochs}
    against = controlled(outcome, among)
    inside |= {"control": outcome.control, "control_score": against.score if against else None}
    why = {"status": outcome.status, "stage": refusal.stage, "reason": refusal.reason, "message": refusal.message}
    return _identity(outcome) | why | inside | {"threads": outcome.job.threads or None, "trust": ""} | _timed(outcome) | _right(outcome)


def _part(part: AppPart) -> tuple[object, ...]:
    """The cells of a part of the app."""
    return part.what, part.engine, part.download_bytes, part.installed_bytes, part.files


def _beside(pair: beside_app.Pair) -> dict[str, object]:
    """One row of the frame of pairs."""
    shared = _identity(pair.app)
    row: dict[str, object] = {key: shared[key] for key in BESIDE_COLUMNS if key in shared} | {"threads": pair.app.job.threads}
    for side, one in (("python", pair.without), ("app", pair.app)):
        own = _identity(one)
        row |= {f"{side}_{key}": own[key] for key in ("job", "engine", "executed_on", "driver")}
        row |= {f"{side}_version": own["engine_version"], f"{side}_median_ns": _timed(one)["latency_median_ns"]}
    found = pair.ratio
    row |= {"ratio": found.value, "ratio_low": found.low, "ratio_high": found.high} if found else {}
    return row | {"runtimes": pair.runtimes, "why_not": pair.why_not, "flaws": " ".join(pair.flaws)}


def _timed(outcome: Outcome) -> dict[str, object]:
    """The cells of times and memory. Times are rounded to a thousandth of a nanosecond, which is below any clock."""
    latency = outcome.latency
    spread = {f"latency_{key}_ns": getattr(latency, key, None) for key in ("median", "p5", "p95", "low", "high")}
    times = spread | {
        "load_median_ns": outcome.median("load"),
        "first_ns": outcome.median("first"),
        "round_trip_median_ns": outcome.median("round_trip", "steady"),
    }
    rounded: dict[str, object] = {key: None if value is None else round(value, 3) for key, value in times.items()}
    return rounded | {"latency_n": latency.n if latency else None, "peak_memory_bytes": outcome.peak_memory_bytes}


def _right(outcome: Outcome) -> dict[str, object]:
    """The cells that say what executed and whether it was right."""
    record = outcome.record
    if not isinstance(record, Measured):
        return {"score_name": ""}
    agreement = record.agreement
    return {
        "delegated": record.proof.delegated, "operations": record.proof.operations, "score": record.score, "score_name": record.score_name,
        "score_n": agreement.rows if agreement and record.score is not None else None,
        "agreement": agreement.top1 if agreement else None, "max_abs_diff": agreement.max_abs_diff if agreement else None,
    }  # fmt: skip


def _samples(outcomes: Sequence[Outcome]) -> "pd.DataFrame":
    """Build the frame of samples column by column: a short list of one entry a measurement, repeated by numpy."""
    import numpy as np
    import pandas as pd

    items = [(outcome, item) for outcome in outcomes if isinstance(outcome.record, Measured) for item in outcome.record.measurements]
    counts = np.array([len(item.samples) for _, item in items], dtype=np.int64)
    identities = {id(outcome): _identity(outcome) for outcome, _ in items}
    columns: dict[str, Any] = {}
    for name in SAMPLE_COLUMNS:
        if name in ("phase", "metric", "unit"):
            columns[name] = _repeated([str(getattr(item, name)) for _, item in items], counts)
        elif name not in ("index", "value", "threads", "process", "batch"):
            columns[name] = _repeated([identities[id(outcome)][name] for outcome, _ in items], counts)
    columns["threads"] = np.repeat(np.array([outcome.job.threads for outcome, _ in items], dtype=np.int32), counts)
    columns["process"] = np.repeat(np.array([item.process for _, item in items], dtype=np.int32), counts)
    columns["batch"] = np.repeat(np.array([item.batch for _, item in items], dtype=np.int64), counts)
    columns["index"] = _joined([item for _, item in items], lambda item: np.arange(len(item.samples), dtype=np.int32), np.int32)
    columns["value"] = _joined([item for _, item in items], lambda item: np.asarray(item.samples, dtype=np.float64) / item.batch, np.float64)
    return pd.DataFrame({name: columns[name] for name in SAMPLE_COLUMNS}, copy=False)


def _repeated(words: list[str], counts: "Array") -> Any:
    """A categorical column whose words stand once a measurement, each repeated for that measurement's samples."""
    import numpy as np
    import pandas as pd

    short = pd.Categorical(words, categories=list(dict.fromkeys(words)))
    return pd.Categorical.from_codes(np.repeat(short.codes, counts), dtype=short.dtype)


def _joined(items: Sequence[Measurement], part: "Callable[[Measurement], Array]", dtype: Any) -> "Array":
    """One column made of a part a measurement."""
    import numpy as np

    return np.concatenate([part(item) for item in items]) if items else np.empty(0, dtype=dtype)
