"""``--only``: jobs chosen by globs over the segments of their ids. Pure."""

from collections.abc import Sequence
from fnmatch import fnmatchcase


def selected(job: str, only: Sequence[str]) -> bool:
    """Say whether there are no globs in ``only``, or one matches whole, neighbouring segments anywhere in the job's id.

    ``int8`` matches ``…/tflite/int8/…`` and not ``int8_float_io``; ``tflite/*int8*`` matches two segments.
    """
    return not only or any(not glob or _matches(_segments(job), _segments(glob)) for glob in only)


def _matches(segments: list[str], wanted: list[str]) -> bool:
    """Whether the wanted segments follow one another somewhere."""
    starts = range(len(segments) - len(wanted) + 1)
    return any(all(map(fnmatchcase, segments[start:], wanted)) for start in starts)


def _segments(text: str) -> list[str]:
    """Split an id or glob at ``/`` and ``@``."""
    return text.replace("@", "/").strip("/").split("/")
