"""What the harness itself costs: ratios on the screen, and as JSON in results/bench/.

    nox -s bench                  everything
    nox -s bench -- help plan     only some; latency-onnxruntime, latency-ncnn, … each take minutes

These are measurements, no tests: they print what they saw beside the goal, and decide nothing.
"""

import json
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from benchmarks import adb, conversion, latency, overhead, planning, reporting, starting
from benchmarks.bare import LOOPS

BENCHMARKS: dict[str, Callable[[], dict[str, object]]] = {
    "help": starting.measure,
    "plan": planning.measure,
    "report": reporting.measure,
    "conversion": conversion.measure,
    "overhead": overhead.measure,
    "adb": adb.measure,
    **{f"latency-{engine}": partial(latency.of, engine, format_) for engine, format_ in LOOPS},
}


def main() -> None:
    """Run the benchmarks named on the command line, or all."""
    results = {}
    for name in sys.argv[1:] or BENCHMARKS:
        began = time.monotonic()
        results[name] = BENCHMARKS[name]()
        print(f"{name} ({time.monotonic() - began:.0f} s)")
        for key, value in results[name].items():
            print(f"    {key}: {value}")
    folder = Path("results/bench")
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    file.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    print(file)


if __name__ == "__main__":
    main()
