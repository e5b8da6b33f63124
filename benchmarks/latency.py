"""Median latency of a model of at least 1 ms, through the harness and in a bare interpreter loop, processes interleaved.

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

from pocketbench import artifacts, protocol, request, stats, tensors
from pocketbench.devices.host import Host
from pocketbench.model import Artifact
from pocketbench.protocol import Order, Phase

PAIRS = 40
SECONDS = 0.5

BARE = """
import sys, time
import numpy as np
from ai_edge_litert.interpreter import Interpreter
interpreter = Interpreter(model_path=sys.argv[1], num_threads=1)
interpreter.allocate_tensors()
tensor = interpreter.get_input_details()[0]
interpreter.set_tensor(tensor["index"], np.fromfile(sys.argv[2], dtype=tensor["dtype"], count=int(np.prod(tensor["shape"]))).reshape(tensor["shape"]))
end = time.perf_counter() + float(sys.argv[3])
samples = []
while time.perf_counter() < end:
    began = time.perf_counter_ns()
    interpreter.invoke()
    samples.append(time.perf_counter_ns() - began)
print(sorted(samples[len(samples) // 5:])[len(samples[len(samples) // 5:]) // 2])
"""


def measure() -> dict[str, object]:
    """Interleave three: harness, bare, bare again; compare block medians pair by pair."""
    (artifact,) = artifacts.make(request.of_target("python:benchmarks.heavy:build", (), only="float32"), lambda _: None).artifacts
    with tempfile.TemporaryDirectory() as folder:
        order = _laid_out(artifact, Path(folder))
        triples = [(_harness(order, Path(folder)), _bare(order, Path(folder)), _bare(order, Path(folder))) for _ in range(PAIRS)]
    return {
        "bare_median_ms": round(median(bare for _, bare, _ in triples) / 1e6, 3),
        "harness_to_bare": _interval([ours / bare for ours, bare, _ in triples]),
        "bare_to_bare": _interval([other / bare for _, bare, other in triples]),
        "goal": "the interval inside 0.98-1.02, or no wider than bare to bare",
    }


def _laid_out(artifact: Artifact, folder: Path) -> Order:
    """The timing order of one process, its model and one row of input."""
    import numpy as np

    anatomy = artifact.anatomy
    shutil.copyfile(artifact.path, folder / "model.tflite")
    rows = [np.random.default_rng(0).random((1, *tensor.shape[1:]), dtype=np.float32) for tensor in anatomy.inputs]
    tensors.write_inputs(rows, anatomy.inputs, folder)
    ns = int(SECONDS * 1e9)
    phases = (Phase("load"), Phase("first"), Phase("warmup", min_runs=2, min_ns=ns // 5), Phase("steady", min_runs=7, max_runs=10_000, max_ns=ns * 4 // 5))
    return Order(
        protocol.PROTOCOL, "bench", "timing", "litert", "model.tflite", "cpu", 1, {"xnnpack": "on"}, 1,
        tensors.files("input", anatomy.inputs), tensors.files("output", anatomy.outputs), phases,
    )  # fmt: skip


def _harness(order: Order, folder: Path) -> float:
    """One timing process as a job has it: the median of its steady samples in nanoseconds."""
    (folder / protocol.REPORT).unlink(missing_ok=True)
    report = protocol.read_report(Host().carry(order, folder, 60).report, order)
    return median(next(item.ns for item in report.samples if item.phase == "steady"))


def _bare(order: Order, folder: Path) -> float:
    """One process of the bare loop: the median, after a warm-up of the same share."""
    command = [sys.executable, "-c", BARE, str(folder / order.model), str(folder / order.inputs[0].file), str(SECONDS)]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def _interval(ratios: list[float]) -> dict[str, float]:
    """The geometric mean of ratios and its 95 % interval (Student's t on their logarithms)."""
    logs = [math.log(ratio) for ratio in ratios]
    half = stats.t_quantile(0.975, len(logs) - 1) * stdev(logs) / math.sqrt(len(logs))
    return {"ratio": round(math.exp(mean(logs)), 4), "low": round(math.exp(mean(logs) - half), 4), "high": round(math.exp(mean(logs) + half), 4)}
