"""The lock screen of a phone whose owner has a PIN, and what only the first unlocking after a boot opens."""

from dataclasses import dataclass

from pocketbench.simulator.state.screen import Screen

# Of com.android.internal.widget.LockPatternUtils.StrongAuthTracker.
STRONG_AUTH_REQUIRED_AFTER_BOOT = 0x1


@dataclass(slots=True)
class Keyguard:
    """Locked with each boot and whenever the screen goes off, where the owner has a PIN; ``opened`` once it was unlocked since it was started.

    ``usual`` is whether the phone comes with a PIN.
    """

    screen: Screen
    usual: bool = False
    secure: bool = False
    opened: bool = True

    def begin(self) -> None:
        """The phone starts: with a PIN its storage stays encrypted until it is typed."""
        self.opened = not self.secure
        self.screen.dark = False

    def locked(self) -> bool:
        """Whether it wants the PIN now."""
        return self.secure and (not self.opened or self.screen.was_dark())

    def lock(self) -> None:
        """The owner has a PIN, and puts the phone down."""
        self.secure = True
        self.screen.sleep()

    def unlock(self) -> None:
        """The owner types the PIN."""
        self.opened = True
        self.screen.wake()
        self.screen.dark = False

    def strong_auth(self) -> int:
        """What only the PIN itself opens, no fingerprint, in Android's bits."""
        return 0 if self.opened else STRONG_AUTH_REQUIRED_AFTER_BOOT
