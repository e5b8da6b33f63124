"""A run that is under way: what all its steps need, and the records that they write."""

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from pocketbench import events, opened, store
from pocketbench.errors import PocketbenchError
from pocketbench.model import Artifact, Failed, Job, Refusal, Skipped
from pocketbench.reasons import reason_of
from pocketbench.request import Request
from pocketbench.store import Run
from pocketbench.worker import Workers


@dataclass(slots=True)
class Going:
    """A run that is going on: what all its steps need. ``jobs`` are those that have no record yet.

    ``environments`` are those that were asked for, each with why it cannot be had. ``apk`` is the Android app, or why there is none; ``keep_app``
    leaves it on phones that did not have it; ``with_app`` are the devices that have it. ``stopped`` is set when no more is to be measured.
    """

    request: Request
    run: Run
    jobs: tuple[Job, ...]
    finished: frozenset[str]
    models: opened.Models
    workers: Workers
    listen: events.Listener
    deadline: float
    allow: frozenset[str]
    environments: dict[str, Refusal | None] = field(default_factory=dict)
    may_restart: bool = False
    apk: Path | Refusal | None = None
    keep_app: bool = False
    with_app: set[str] = field(default_factory=set)
    stopped: threading.Event = field(default_factory=threading.Event)

    @property
    def late(self) -> bool:
        """Whether the time given to the whole run is spent."""
        return time.monotonic() > self.deadline


def failed(going: Going, job: Job, kind: str, stage: str, error: Exception, began: str, artifact: str = "") -> None:
    """Write the record of a job that failed, and what its process printed."""
    message, hint, log = (error.message, error.hint, error.log) if isinstance(error, PocketbenchError) else (str(error), "", "")
    name = store.write_log(going.run, job.id, log) if log else ""
    refusal = Refusal(stage, reason_of(error), message, hint)
    store.append(going.run, Failed(store.SCHEMA, job, kind, refusal, began, artifact, name))
    going.listen(events.JobEnded(job.id, "failed", reason=refusal.reason, message=message))


def skipped(going: Going, job: Job, kind: str, refusal: Refusal, artifact: Artifact | None = None) -> None:
    """Write the record of a job that is not tried."""
    store.append(going.run, Skipped(store.SCHEMA, job, kind, refusal, now(), artifact.key if artifact else ""))
    going.listen(events.JobEnded(job.id, "skipped", reason=refusal.reason, message=refusal.message))


def now() -> str:
    """The time in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
