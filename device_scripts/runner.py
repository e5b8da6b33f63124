"""The Python runner: carries out one order where there is Python, numpy and the order's engine, and reports.

    python runner.py FOLDER

FOLDER holds ``order.json`` and every file that it names; ``report.jsonl`` and the outputs are written there. The runner
obeys: it never averages, scores, quantises or transposes. ``README.md`` beside it says what an engine's file must hold;
``../android_app/protocol/`` what orders and reports are. Exit code 0: done, 1: failed, and the report says why.
"""

import gc
import importlib.util
import json
import os
import re
import sys
import time
import traceback
from array import array
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

from machine import clock_step, high_water
from order import MAX_SAMPLES, PROTOCOL, Json, Refused, check_order, read_order
from tensors import places, raw, raws, read_rows

MEMORY_RUNS = 3


def main(arguments: Sequence[str]) -> int:
    """Carry out the order in the folder that is named; return the exit code."""
    if len(arguments) != 1:
        print("usage: python runner.py FOLDER", file=sys.stderr)  # noqa: T201
        return 2
    folder = Path(arguments[0]).resolve()
    with (folder / "report.jsonl").open("w", encoding="utf-8") as report:
        return Run(folder, report).carry_out()


class Run:
    """One order being carried out; ``stage`` is where it is: open, load, check, outputs, memory, serve or a phase of timing."""

    def __init__(self, folder: Path, report: TextIO) -> None:
        self.folder, self.report = folder, report
        self.stage = "open"
        self.order: Json = {}
        self.engine: Any = None
        self.places: dict[str, list[int]] = {}

    def carry_out(self) -> int:
        """Open, do what the order's kind says, close, and write the last line. Nothing is raised but what ends the process."""
        try:
            try:
                self._open()
                {"timing": self._timing, "outputs": self._outputs, "memory": self._memory, "serve": self._serve}[self.order["kind"]]()
            finally:
                if self.engine is not None:
                    self.engine.close()
        except Exception as error:
            traceback.print_exc()
            self._say("failed", stage=self.stage, reason=reason_of(error, self.stage), message=words(error))
            return 1
        self._say("done")
        return 0

    def _open(self) -> None:
        """Read the order and open its engine. The hello is said in any case."""
        version = ""
        try:
            self.order = read_order(self.folder / "order.json")
            check_order(self.order, self.folder)
            engine_class = find_engine(self.order["engine"])
            if self.order["accelerator"] not in engine_class.accelerators:
                raise Refused(
                    "accelerator-absent", f"{self.order['engine']} runs on {', '.join(engine_class.accelerators)} here, not on {self.order['accelerator']}"
                )
            self.engine = engine_class(str(self.folder / self.order["model"]), self.order)
            version = self.engine.version
        finally:
            said = {key: str(self.order.get(key, "")) for key in ("order", "engine")}
            self._say("hello", protocol=PROTOCOL, runner="python", engine_version=version, pid=os.getpid(), clock_step_ns=clock_step(), **said)

    def _timing(self) -> None:
        """Time each phase in turn. Nothing is written before the last sample of the last phase."""
        row = next(read_rows(self.order, self.folder))
        samples = {}
        for phase in self.order["phases"]:
            self.stage = phase["phase"]
            if self.stage == "load":
                samples["load"] = timed(self.engine.load, phase, before=self.engine.close)
                self._check()
                self._feed(row)
            else:
                samples[self.stage] = timed(self.engine.invoke, phase, self._batch(self.stage))
        self._say("executed", **self.engine.executed())
        for name, taken in samples.items():
            self._say("samples", phase=name, ns=taken.tolist(), batch=self._batch(name))

    def _outputs(self) -> None:
        """Run all rows one after another and write what comes out, raw and little-endian."""
        self._load()
        self.stage = "outputs"
        with ExitStack() as files:
            out = [files.enter_context((self.folder / tensor["file"]).open("wb")) for tensor in self.order["outputs"]]
            for row in read_rows(self.order, self.folder):
                self._feed(row)
                self.engine.invoke()
                values = self.engine.read()
                for tensor, place, file in zip(self.order["outputs"], self.places["outputs"], out, strict=True):
                    file.write(raw(values[place], tensor))
        self._say("executed", **self.engine.executed())
        self._say("outputs", rows=self.order["rows"])

    def _memory(self) -> None:
        """Report the high-water mark of resident memory before load, and after load and a few inferences."""
        row = next(read_rows(self.order, self.folder))
        before = high_water(reset=True)
        self._load()
        self.stage = "memory"
        self._feed(row)
        for _ in range(MEMORY_RUNS):
            self.engine.invoke()
        peak = high_water()
        self._say("executed", **self.engine.executed())
        if before is not None and peak is not None:
            self._say("memory", before_load_bytes=before, peak_bytes=peak)

    def _serve(self) -> None:
        """Be a service until somebody says to stop; then tell how long the load took, and the memory that all of it needed."""
        from serving import service

        serve = service.find(self.order["serve"])
        before, self.stage = high_water(reset=True), "load"
        load = timed(self.engine.load, self.order["phases"][0], before=self.engine.close)
        self._check()
        self.stage = "serve"
        work = service.work(self.order, self.engine, self._feed, lambda: raws(self.engine.read(), self.places["outputs"], self.order["outputs"]))
        serve(work, lambda port: self._say("serving", port=port, token=work.token))
        peak = high_water()
        self._say("executed", **self.engine.executed())
        self._say("samples", phase="load", ns=load.tolist(), batch=1)
        if before is not None and peak is not None:
            self._say("memory", before_load_bytes=before, peak_bytes=peak)

    def _load(self) -> None:
        """Load the model and check it against the order."""
        self.stage = "load"
        self.engine.load()
        self._check()

    def _check(self) -> None:
        """Hold the model's inputs and outputs against the order's before anything runs."""
        self.stage = "check"
        self.places = {what: places(self.order[what], getattr(self.engine, what)(), what) for what in ("inputs", "outputs")}

    def _batch(self, phase: str) -> int:
        """How many inferences make a sample: a load and a first inference are single by nature."""
        return int(self.order["batch"]) if phase in ("warmup", "steady") else 1

    def _feed(self, row: list[Any]) -> None:
        """Set one row, resetting the model's state first where it has one."""
        if self.order["stateful"]:
            self.engine.reset()
        self.engine.set([value for _, value in sorted(zip(self.places["inputs"], row, strict=True), key=lambda pair: pair[0])])

    def _say(self, event: str, **fields: Any) -> None:
        """Append one line to the report."""
        self.report.write(json.dumps({"event": event, **fields}) + "\n")
        self.report.flush()


def reason_of(error: Exception, stage: str) -> str:
    """The reason, from the harness's closed list, that an error in a stage stands for."""
    if isinstance(error, Refused):
        return error.reason
    if stage == "open":
        return "toolchain-missing" if isinstance(error, ImportError) else "engine-error"
    return "engine-cannot-read" if stage == "load" else "engine-error"


def words(error: Exception) -> str:
    """What went wrong, in at most 4000 characters; what is not of this runner's own making is named by its type."""
    return (str(error) if isinstance(error, Refused) else f"{type(error).__name__}: {error}")[:4000]


def timed(
    call: Callable[[], Any], phase: Json, batch: int = 1, before: Callable[[], Any] | None = None, clock: Callable[[], int] = time.perf_counter_ns
) -> "array[int]":
    """Call ``call`` until the phase ends; return the samples, nanoseconds of ``batch`` calls each.

    ``before`` is called, untimed, ahead of each sample. Samples are kept in an array made beforehand, and nothing else
    happens between the first and the last: no writing, no garbage collection.
    """
    min_runs, min_ns, max_ns = phase["min_runs"], phase["min_ns"], phase["max_ns"]
    goes_on = bool(phase["max_runs"] or max_ns)
    room = max(min_runs, min(phase["max_runs"] or MAX_SAMPLES, MAX_SAMPLES)) if goes_on or min_ns else min_runs
    samples: array[int] = array("q", (0,)) * room
    count, turns = 0, (None,) * batch
    gc.collect()
    gc.disable()
    try:
        began = clock()
        while True:
            if before is not None:
                before()
            start = clock()
            for _ in turns:
                call()
            end = clock()
            samples[count] = end - start
            count += 1
            if count >= min_runs and (count >= room or (end - began >= max_ns > 0 if goes_on else end - began >= min_ns)):
                return samples[:count]
    finally:
        gc.enable()


def find_engine(name: str) -> Any:
    """Load ``engines/<name>.py`` beside this file and return its class ``Engine``."""
    folder = Path(__file__).resolve().parent / "engines"
    known = sorted(path.stem for path in folder.glob("[a-z]*.py"))
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,39}", name) or name not in known:
        raise Refused("toolchain-missing", f"this runner has no engine {name!r:.60}; it has {', '.join(known)}")
    path = folder / f"{name}.py"
    spec = importlib.util.spec_from_file_location("engine_" + name.replace("-", "_"), path)
    if spec is None or spec.loader is None:
        raise Refused("toolchain-missing", f"{path.name} cannot be loaded")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.Engine


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
