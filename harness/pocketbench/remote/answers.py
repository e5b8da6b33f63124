"""What came of one command."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Said:
    """A command that ended by itself: what it wrote, apart, and its exit code."""

    stdout: str
    stderr: str
    exit_code: int

    @property
    def words(self) -> str:
        """The first line of what it complained of, else of what it said, at most 300 characters."""
        return first_line(self.stderr) or first_line(self.stdout)


def first_line(text: str) -> str:
    """The first line that is not empty, at most 300 characters."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "")[:300]
