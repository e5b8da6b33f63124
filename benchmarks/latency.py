"""Median latency of a model of at least 1 ms, through the harness and in each runtime's own loop, processes interleaved.

The 95 % interval of the ratio, and beside it that of the bare loop against itself: the harness may be no worse than noise.
"""

import json
import math
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import mean, median, stdev

from benchmarks.bare import LOOPS
from pocketbench import artifacts, protocol, request, stats, suite, tensors
from pocketbench.devices.host import Host
from pocketbench.engines import ENGINES
from pocketbench.model import Artifact
from pocketbench.protocol import Order, Phase

PAIRS = 40
SECONDS = 0.5

SUITE = """
[suite]
name = "latency"
[[model]]
name = "heavy"
source = "python:benchmarks.heavy:build"
[matrix]
formats = ["{format}"]
techniques = ["float32"]
"""


def of(engine: str, format_: str) -> dict[str, object]:
    """Interleave three: harness, bare, bare again; compare block medians pair by pair."""
    wished = suite.parse(SUITE.format(format=format_), file="the suite of this benchmark", base=Path.cwd())
    (artifact,) = artifacts.make(request.of_suite(wished, ()), lambda _: None).artifacts
    loop = LOOPS[engine, format_]
    with tempfile.TemporaryDirectory() as folder:
        order = _laid_out(artifact, engine, Path(folder))
        triples = [(_harness(order, Path(folder)), _bare(loop, order, Path(folder)), _bare(loop, order, Path(folder))) for _ in range(PAIRS)]
    return {
        "bare_median_ms": round(median(bare for _, bare, _ in triples) / 1e6, 3),
        "harness_to_bare": _interval([ours / bare for ours, bare, _ in triples]),
        "bare_to_bare": _interval([other / bare for _, bare, other in triples]),
        "goal": "the interval inside 0.97-1.03, or no wider than bare to bare",
    }


def _laid_out(artifact: Artifact, engine: str, folder: Path) -> Order:
    """The timing order of one process, its model and one row of input."""
    import numpy as np

    anatomy, given = artifact.anatomy, Path(artifact.path)
    copy = shutil.copytree if given.is_dir() else shutil.copyfile
    copy(given, folder / given.name)
    rows = [np.random.default_rng(0).random((1, *tensor.shape[1:]), dtype=np.float32) for tensor in anatomy.inputs]
    tensors.write_inputs(rows, anatomy.inputs, folder)
    ns = int(SECONDS * 1e9)
    phases = (Phase("load"), Phase("first"), Phase("warmup", min_runs=2, min_ns=ns // 5), Phase("steady", min_runs=7, max_runs=10_000, max_ns=ns * 4 // 5))
    options = {name: values[0] for name, values in ENGINES.get(engine).options.items()}
    return Order(
        protocol.PROTOCOL, "bench", "timing", engine, given.name, "cpu", 1, options, 1,
        tensors.files("input", anatomy.inputs), tensors.files("output", anatomy.outputs), phases,
    )  # fmt: skip


def _harness(order: Order, folder: Path) -> float:
    """One timing process as a job has it: the median of its steady samples in nanoseconds."""
    (folder / protocol.REPORT).unlink(missing_ok=True)
    report = protocol.read_report(Host().carry(order, folder, 60).report, order)
    return median(next(item.ns for item in report.samples if item.phase == "steady"))


def _bare(loop: str, order: Order, folder: Path) -> float:
    """One process of the bare loop: the median, after a warm-up of the same share."""
    command = [sys.executable, "-c", loop, str(folder / order.model), str(folder / order.inputs[0].file), str(SECONDS)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _interval(ratios: list[float]) -> dict[str, float]:
    """The geometric mean of ratios and its 95 % interval (Student's t on their logarithms)."""
    logs = [math.log(ratio) for ratio in ratios]
    half = stats.t_quantile(0.975, len(logs) - 1) * stdev(logs) / math.sqrt(len(logs))
    return {"ratio": round(math.exp(mean(logs)), 4), "low": round(math.exp(mean(logs) - half), 4), "high": round(math.exp(mean(logs) + half), 4)}
