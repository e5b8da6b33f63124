"""Everything that can go wrong, as one tree.

    PocketbenchError                exit code 2: the user's turn
    ├── SuiteError                  a suite file, or a key in it, is wrong
    ├── UnknownName                 a registry has nothing of that name
    ├── SourceError                 a model cannot be opened
    ├── DataError                   rows or labels cannot be used
    ├── ResultsError                a results folder cannot be read or written
    ├── CacheError                  the cache folder, or a file to be hashed, cannot be read or written
    ├── ToolchainMissing            a lane is not installed
    ├── InstallFailed               the system's package manager could not bring a part
    ├── PartRefused                 a part of the Android app is not what it should be
    ├── BuildFailed                 the Android app could not be built from its sources
    ├── ServerError                 the local server cannot have its port
    ├── ProfileError                a profile of a simulated phone is wrong or not there
    ├── ProtocolError               a runner said something that cannot be read
    ├── DeviceError                 exit code 3: no device, or it does not answer
    │   ├── DeviceSilent            no last line before the deadline
    │   ├── DeviceSetAside          it failed too often, and is left alone
    │   ├── ServerLost              the server on a device is not there, or is there no more
    │   ├── ServerRefused           the server on a device has another token, or is for somebody else now
    │   └── WireError               a call over adb or ssh failed: whose, which one, what was said
    │       ├── AdbMissing          there is no adb, or no adb server to be had
    │       │   └── AdbGone         the adb server was ended meanwhile
    │       ├── SshMissing          there is no ssh
    │       ├── LoginRefused        a board is not known to ssh, or does not let this user in
    │       ├── PhoneUnusable       absent, unauthorized, offline: somebody must touch it
    │       ├── PhoneFull           it has no room left
    │       ├── CommandFailed       it answered with an error
    │       ├── CallOverdue         no answer before the call's deadline
    │       └── WireCut             the connection ended before the answer did
    ├── Refused                     this variant or job cannot be: a typed reason
    ├── TaskRaised                  a worker's task raised something from outside this tree
    └── WorkerLost                  a worker process ended before its task did
        ├── WorkerCrashed           by a signal or an exit of its own
        ├── DeadlinePassed          it was still busy when its time was up
        └── MemoryExceeded          its resident size passed the limit

Library code raises these; only the door prints them and chooses the exit code.
"""


class PocketbenchError(Exception):
    """The root of the tree: a message for the user, what to type next, and the end of what a process of ours printed."""

    exit_code = 2

    def __init__(self, message: str, *, hint: str = "", log: str = "") -> None:
        """Keep ``message`` (what is wrong, and where), ``hint`` (what to type) and ``log`` (for the run's folder)."""
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.log = log

    def __str__(self) -> str:
        """Give the message, then the hint on a line of its own."""
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class SuiteError(PocketbenchError):
    """A suite file, or one key in it, is wrong; the message names both."""


class UnknownName(PocketbenchError):
    """A registry holds nothing of that name; the message lists what it holds."""


class SourceError(PocketbenchError):
    """A model cannot be opened."""


class DataError(PocketbenchError):
    """Rows or labels cannot be used with this model."""


class ResultsError(PocketbenchError):
    """A results folder or a run in it cannot be read or written."""


class CacheError(PocketbenchError):
    """The cache folder, or a file that is to be hashed, cannot be read or written; the message names it."""


class ToolchainMissing(PocketbenchError):
    """A lane's packages are not installed; the hint is the line to type."""


class InstallFailed(PocketbenchError):
    """The system's package manager could not bring a part; the message has its command and the last lines it said."""


class PartRefused(PocketbenchError):
    """A part of the Android app, as it was brought, is not what it should be; the message names it."""


class BuildFailed(PocketbenchError):
    """The Android app could not be built, signed or verified; the message has the tool's own words."""


class ServerError(PocketbenchError):
    """The local server cannot have the port it was given."""


class ProfileError(PocketbenchError):
    """A simulated phone's profile, or one key in it, is wrong or not there; the message names both."""


class ProtocolError(PocketbenchError):
    """A runner's report breaks the protocol."""


class DeviceError(PocketbenchError):
    """A device is absent, refuses or fails."""

    exit_code = 3


class DeviceSilent(DeviceError):
    """A runner gave no last line before its deadline."""


class DeviceSetAside(DeviceError):
    """A device failed too often; it is left alone until it is well or the user says so. The message has why and since when."""


class ServerLost(DeviceError):
    """The server that a person starts on a device does not answer, or the connection to it ended."""


class ServerRefused(DeviceError):
    """The server that a person starts on a device is there and lets nobody in: for want of the token, or because another harness has it."""


class WireError(DeviceError):
    """A call to a device over adb or ssh failed. ``transient`` says whether the same call may succeed a moment later."""

    transient = False

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        log: str = "",
        serial: str = "",
        command: str = "",
        stdout: str = "",
        stderr: str = "",
        exit_status: int | None = None,
    ) -> None:
        """Keep the ``serial`` that it is reached by, the ``command``, and what it said until then; ``exit_status`` is None where it did not end by itself."""
        super().__init__(message, hint=hint, log=log)
        self.serial, self.command = serial, command
        self.stdout, self.stderr, self.exit_status = stdout, stderr, exit_status


class AdbMissing(WireError):
    """There is no adb program, or no adb server that it can speak to."""


class AdbGone(AdbMissing):
    """The adb server was ended meanwhile, as adb programs of another version do; it can be started again."""

    transient = True


class SshMissing(WireError):
    """There is no ssh program."""


class LoginRefused(WireError):
    """A board is not the one that ssh knows by this name, or does not let this user in: nothing that another try mends; the hint says what to type."""


class PhoneUnusable(WireError):
    """A phone or board is absent, does not trust this computer, or does not answer; the hint says what to do about it."""

    transient = True


class PhoneFull(WireError):
    """A phone or board has no room left."""


class CommandFailed(WireError):
    """A phone or board, or adb, answered with an error."""


class CallOverdue(WireError):
    """A call got no whole answer before its deadline, and was given up; what it started may still go on there."""

    transient = True


class WireCut(WireError):
    """The connection ended before the answer did: a cable pulled, a restart. What came of the answer is not used."""

    transient = True


class Refused(PocketbenchError):
    """A variant or a job cannot be, for one of the reasons in :mod:`reasons`; ``beforehand`` when that was known before it was tried."""

    def __init__(self, reason: str, message: str, *, hint: str = "", log: str = "", beforehand: bool = False) -> None:
        """Keep the ``reason`` (an id from the closed list) beside the message."""
        super().__init__(message, hint=hint, log=log)
        self.reason = reason
        self.beforehand = beforehand


class TaskRaised(PocketbenchError):
    """A worker's task raised something from outside this tree: a framework's or a user's own error.

    ``type_name`` is the class of what was raised, ``log`` the end of what the task printed and its traceback.
    """

    def __init__(self, message: str, *, type_name: str, log: str = "") -> None:
        """Keep the raised class's name and the tail of the task's output beside the message."""
        super().__init__(message, log=log)
        self.type_name = type_name


class WorkerLost(PocketbenchError):
    """A worker process ended before its task did; ``log`` is the end of what it printed."""

    reason = "crashed"


class WorkerCrashed(WorkerLost):
    """The worker died of a signal or left by itself."""


class DeadlinePassed(WorkerLost):
    """The worker was still busy when its time was up, and was ended."""

    reason = "deadline"


class MemoryExceeded(WorkerLost):
    """The worker's resident size passed its limit, and it was ended."""

    reason = "memory-limit"
