"""Whether anybody has unlocked a phone since it was started, as ``dumpsys trust`` tells: pure.

The form is that of AOSP's TrustManagerService.dumpUser. Before the first unlocking the files of apps and of the owner are encrypted, so that an
app has no folder to work in. A phone that was unlocked once and is locked now is measured: the app comes in front of the lock.
"""

import re

# STRONG_AUTH_REQUIRED_AFTER_BOOT of AOSP's LockPatternUtils.StrongAuthTracker.
AFTER_BOOT = 0x1
LOOK = "dumpsys trust 2>/dev/null | grep -m 1 '(current)'"
HINT = "unlock it once, then run … --resume last"

_USER = re.compile(r"deviceLocked=1\b.*?strongAuthRequired=0x([0-9a-f]{1,8})\b")


def since_boot(said: str) -> bool:
    """Whether it is locked and was so since it was started; one that does not tell is taken to be open."""
    found = _USER.search(said)
    return found is not None and bool(int(found[1], 16) & AFTER_BOOT)
