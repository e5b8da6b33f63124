"""Runs on disk, the only code that knows how they lie there.

    results/runs/<utc>-<id>/   run.json · devices.json · records.jsonl · logs/<job>.txt · report.html

``records.jsonl`` is the truth: one record a line, flushed to the disk as each job ends; the newest record of a job wins.
A line that was cut or garbled is reported and skipped. Every line has ``schema`` and ``kind``; lines of older schemas are
brought up to date by :data:`lines.MIGRATIONS`. The lines are described by ``docs/schemas/records.schema.json``.
"""

import errno
import hashlib
import os
import secrets
import shutil
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import filelock
import msgspec

from pocketbench.errors import ResultsError
from pocketbench.model import AppInstalled, Artifact, Failed, Measured, Record, Skipped
from pocketbench.store.lines import MIGRATIONS, SCHEMA, decode, refuse_newer, schema
from pocketbench.store.writing import add, file_name, pretty, write, writing

__all__ = [
    "MIGRATIONS", "SCHEMA", "Contents", "Facts", "Result", "Run", "RunFacts", "append", "claim", "create", "find", "read", "release", "schema", "write_log",
]  # fmt: skip

Facts = Mapping[str, str | int | float]
Result = Measured | Failed | Skipped


class RunFacts(msgspec.Struct, frozen=True):
    """``run.json``: what was asked for, by which code, on which computer.

    ``suite_hash`` is the sha256 of the text, ``planned`` the ids of the jobs and skips, ``devices`` and ``only`` the words that the command line had.
    """

    schema: int
    id: str
    started: str
    suite_name: str
    suite_text: str
    suite_hash: str
    versions: dict[str, str]
    host: dict[str, str | int | float]
    commit: str
    planned: tuple[str, ...] = ()
    devices: tuple[str, ...] = ()
    only: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Run:
    """One run's folder. The lock is taken by the first :func:`append` (or :func:`claim`) and kept until :func:`release`."""

    folder: Path
    lock: filelock.BaseFileLock = field(repr=False, compare=False)
    turn: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def id(self) -> str:
        """``<utc>-<id>``: the folder's name."""
        return self.folder.name

    @property
    def report(self) -> Path:
        """Where the run's HTML report belongs."""
        return self.folder / "report.html"


@dataclass(frozen=True, slots=True)
class Contents:
    """All that a run's folder says.

    ``records`` has the newest record of each job by job id, in the order in which jobs first appeared; ``artifacts`` are
    by key, ``apps`` by device. ``damaged`` names lines of records.jsonl that could not be read: line number from 1, and why.
    """

    run: Run
    facts: RunFacts
    devices: dict[str, dict[str, str | int | float]]
    records: dict[str, Result]
    artifacts: dict[str, Artifact]
    damaged: tuple[tuple[int, str], ...]
    apps: dict[str, AppInstalled] = field(default_factory=dict)

    @property
    def unreached(self) -> tuple[str, ...]:
        """The planned jobs that have no record: the run was interrupted."""
        return tuple(job for job in self.facts.planned if job not in self.records)


def create(
    results: Path, *, suite_text: str, suite_name: str, versions: Mapping[str, str], host: Facts, commit: str, devices: Mapping[str, Facts],
    planned: Iterable[str] = (), asked: tuple[tuple[str, ...], tuple[str, ...]] = ((), ()),
) -> Run:  # fmt: skip
    """Make the folder of a new run, whole or not at all, ``asked`` for with those devices and globs. Raises ResultsError when ``results`` cannot take it."""
    runs = results / "runs"
    with writing(results):
        runs.mkdir(parents=True, exist_ok=True)
        while True:
            started = datetime.now(UTC)
            # The id begins with the microsecond, so that names sort by time; three random digits keep runs apart.
            name = f"{started:%Y%m%dT%H%M%SZ}-{started.microsecond:05x}{secrets.randbelow(4096):03x}"
            suite_hash = hashlib.sha256(suite_text.encode()).hexdigest()
            begun = (name, started.isoformat(), suite_name, suite_text, suite_hash)
            facts = RunFacts(SCHEMA, *begun, dict(versions), dict(host), commit, tuple(planned), *asked)
            if _lay_out(runs, facts, devices):
                return _run(runs / name)


def check(results: Path) -> None:
    """See that a run's folder could be made there, before anything long begins; makes nothing. Raises ResultsError."""
    there = next(place for place in (results / "runs", results, *results.absolute().parents) if place.exists())
    if not there.is_dir() or not os.access(there, os.W_OK | os.X_OK):
        why = "cannot be written" if there.is_dir() else "is a file, not a folder"
        raise ResultsError(f"{there}: {why}", hint="choose another folder with --results DIR")


def find(results: Path, which: str | Path) -> Run:
    """Return the run of that id (whole, or the part after the time), that path, or the newest one for ``last``.

    Raises ResultsError, naming the runs there are.
    """
    by_path = Path(which)
    if by_path.name in ("run.json", "records.jsonl", "report.html"):
        by_path = by_path.parent
    if (by_path / "run.json").is_file():
        return _run(by_path)
    known = sorted(file.parent for file in (results / "runs").glob("*/run.json") if not file.parent.name.startswith("."))
    if not known:
        raise ResultsError(f"{results}: there is no run in it", hint="pocketbench run SUITE makes one; --results DIR looks elsewhere")
    matching = known[-1:] if which == "last" else [run for run in known if str(which) in (run.name, run.name.partition("-")[2])]
    if len(matching) == 1:
        return _run(matching[0])
    newest = ", ".join(run.name for run in known[:-6:-1])
    raise ResultsError(f"{results}: no run {str(which)!r}; the newest: {newest}", hint="give an id, a path or: last")


def claim(run: Run) -> None:
    """Keep other processes from appending to the run. Raises ResultsError when one is at it."""
    with writing(run.folder):
        try:
            run.lock.acquire(timeout=0)
        except filelock.Timeout as error:
            raise ResultsError(f"{run.folder}: another pocketbench is writing to this run", hint="wait until it has ended, then try again") from error


def release(run: Run) -> None:
    """Let other processes append to the run again."""
    run.lock.release(force=True)


def append(run: Run, record: Record) -> None:
    """Add one record: one write of one line, flushed to the disk. Raises ResultsError, having added nothing."""
    line = msgspec.json.encode(record) + b"\n"
    with run.turn:
        if not run.lock.is_locked:
            claim(run)
        with writing(run.folder), (run.folder / "records.jsonl").open("ab+", buffering=0) as file:
            add(file.fileno(), line)


def write_log(run: Run, job: str, text: str) -> str:
    """Write what a job printed and return the file's name inside the run's folder. Raises ResultsError."""
    name = f"logs/{file_name(job)}.txt"
    with writing(run.folder):
        (run.folder / "logs").mkdir(exist_ok=True)
        (run.folder / name).write_text(text, encoding="utf-8", errors="replace")
    return name


def read(run: Run) -> Contents:
    """Read a run. Raises ResultsError when its head is unreadable or a newer pocketbench made it."""
    facts = _head(run.folder / "run.json", RunFacts)
    devices = _head(run.folder / "devices.json", dict[str, dict[str, str | int | float]])
    records: dict[str, Result] = {}
    artifacts: dict[str, Artifact] = {}
    apps: dict[str, AppInstalled] = {}
    damaged: list[tuple[int, str]] = []
    for number, record in _records(run.folder / "records.jsonl"):
        if isinstance(record, str):
            damaged.append((number, record))
        elif isinstance(record, Artifact):
            artifacts[record.key] = record
        elif isinstance(record, AppInstalled):
            apps[record.device] = record
        else:
            records[record.job.id] = record
    return Contents(run, facts, devices, records, artifacts, tuple(damaged), apps)


def _run(folder: Path) -> Run:
    """A run's folder with a lock that is not yet taken; not per thread, because a run's devices append from several."""
    return Run(folder, filelock.FileLock(folder / ".lock", thread_local=False))


def _lay_out(runs: Path, facts: RunFacts, devices: Mapping[str, Facts]) -> bool:
    """Fill a hidden folder and give it its name; False when another run has the name."""
    draft = runs / f".{facts.id}"
    try:
        draft.mkdir()
    except FileExistsError:
        return False
    try:
        (draft / "logs").mkdir()
        for name, content in (("run.json", pretty(facts)), ("devices.json", pretty(devices)), ("records.jsonl", b"")):
            write(draft / name, content)
        draft.rename(runs / facts.id)
    except OSError as error:
        shutil.rmtree(draft, ignore_errors=True)
        if error.errno in (errno.EEXIST, errno.ENOTEMPTY):
            return False
        raise
    return True


def _head(file: Path, kind: Any) -> Any:
    """Read run.json or devices.json. Raises ResultsError."""
    try:
        raw = msgspec.json.decode(file.read_bytes())
        if isinstance(raw, dict) and file.name == "run.json":
            refuse_newer(raw.get("schema"), str(file))
        return msgspec.convert(raw, kind)
    except (OSError, msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise ResultsError(f"{file}: cannot be read: {error}", hint="give another run: an id, a path or: last") from error


def _records(file: Path) -> Iterator[tuple[int, Record | str]]:
    """Every line that is not empty: its number, and the record or why there is none."""
    try:
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield number, decode(line, f"{file}: line {number}")
    except OSError as error:
        raise ResultsError(f"{file}: cannot be read: {error.strerror}", hint="give another run: an id, a path or: last") from error
