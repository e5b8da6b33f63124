"""The closed list of reasons why a variant or job was skipped or failed.

``transient`` reasons may go away by themselves: ``run --resume`` tries those jobs again.
"""

from dataclasses import dataclass

from pocketbench.errors import (
    CommandFailed,
    DataError,
    DeviceError,
    DeviceSetAside,
    DeviceSilent,
    LoginRefused,
    PhoneFull,
    PocketbenchError,
    ProtocolError,
    Refused,
    ServerRefused,
    TaskRaised,
    ToolchainMissing,
    WorkerLost,
)


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason: its id, what it means, whether trying again can help, and whether it says that there was nothing to try.

    A conversion that ends for one that ``skips`` is a skip, not a failure.
    """

    name: str
    meaning: str
    transient: bool = False
    skips: bool = False


_ALL = (
    Reason("toolchain-missing", "the packages that this lane needs are not installed", skips=True),
    Reason("no-route", "no conversion leads from the model's framework to this format", skips=True),
    Reason("no-runner", "no device of the run carries an engine that reads this format", skips=True),
    Reason("technique-not-for-format", "this format has no such technique", skips=True),
    Reason("technique-not-for-model", "this technique cannot be applied to this model", skips=True),
    Reason("needs-training-data", "the technique retrains, and the suite gives no training rows", skips=True),
    Reason("needs-calibration-data", "the technique calibrates, and the suite sets no rows aside for it", skips=True),
    Reason("training-diverged", "while the technique trained on, the loss or a weight was no longer a number"),
    Reason("unsupported-operation", "the converter has no translation for an operation of the model"),
    Reason("operation-version", "the runtime does not know an operation, or this version of it"),
    Reason("export-only", "no engine here can run this file; its sizes are reported"),
    Reason("converter-error", "the converter gave up, in its own words"),
    Reason("memory-limit", "the process grew past its memory limit, or past what the device had left, and was ended", transient=True),
    Reason("deadline", "the process was still busy when its time was up", transient=True),
    Reason("crashed", "the process died of a signal or left by itself", transient=True),
    Reason("engine-cannot-read", "the engine does not load this file"),
    Reason("engine-error", "the engine loaded the file and failed while running it"),
    Reason("shape-mismatch", "the file's inputs are not those of the order"),
    Reason("known-limit", "a limit of a framework or runtime that has a published source"),
    Reason("accelerator-absent", "the device has no such accelerator, or the engine cannot use it"),
    Reason("abi-missing", "the app has no libraries for the device's processor"),
    Reason("device-too-old", "the device's system is older than the engine needs"),
    Reason("device-lost", "the device stopped answering", transient=True),
    Reason("device-full", "the device has no room for the files", transient=True),
    Reason("device-refused", "the device answered a command of the harness with an error", transient=True),
    Reason("device-locked", "nobody has unlocked the device since it was started, so that no app can run", transient=True),
    Reason("device-set-aside", "the device failed too often and is left alone", transient=True),
    Reason("protocol", "the runner's report breaks the protocol", transient=True),
    Reason("score-failed", "the user's own score raised, or gave no number"),
    Reason("host-error", "this computer could not do its part, as when a disk is full", transient=True),
    Reason("excluded-by-suite", "the suite says so in an [[except]]"),
    Reason("too-hot", "the device was hotter than the suite's gate lets it be, and did not cool in time", transient=True),
    Reason("low-battery", "the device's battery was lower than the suite's gate lets it be", transient=True),
    Reason("budget-spent", "the time given to the whole run was spent before this job", transient=True),
)

REASONS = {reason.name: reason for reason in _ALL}


def reason_of(error: Exception) -> str:
    """Return the reason, from the closed list, that an error stands for."""
    if isinstance(error, (Refused, WorkerLost)) and error.reason in REASONS:
        return error.reason
    return next(reason for kind, reason in _STANDS_FOR if isinstance(error, kind))


def skips(error: Exception) -> bool:
    """Whether an error ends a conversion as a skip: its reason says so, or it was known before anything was tried."""
    known = isinstance(error, Refused) and error.beforehand
    return isinstance(error, PocketbenchError) and (known or REASONS[reason_of(error)].skips)


# The first class that fits, from the leaves of the error tree to its root.
_STANDS_FOR: tuple[tuple[type[Exception], str], ...] = (
    (TaskRaised, "converter-error"),
    (DataError, "score-failed"),
    (ToolchainMissing, "toolchain-missing"),
    (DeviceSilent, "deadline"),
    (DeviceSetAside, "device-set-aside"),
    (PhoneFull, "device-full"),
    (CommandFailed, "device-refused"),
    (ServerRefused, "device-refused"),
    (LoginRefused, "device-refused"),
    (DeviceError, "device-lost"),
    (ProtocolError, "protocol"),
    (Refused, "protocol"),
    (Exception, "host-error"),
)
