"""``--only``: jobs chosen by a glob over the segments of their ids. Pure."""

from fnmatch import fnmatchcase


def selected(job: str, only: str) -> bool:
    """Say whether the glob ``only`` matches whole, neighbouring segments anywhere in the job's id.

    ``int8`` matches ``…/tflite/int8/…`` and not ``int8_float_io``; ``tflite/*int8*`` matches two segments.
    """
    if not only:
        return True
    segments, wanted = _segments(job), _segments(only)
    starts = range(len(segments) - len(wanted) + 1)
    return any(all(map(fnmatchcase, segments[start:], wanted)) for start in starts)


def _segments(text: str) -> list[str]:
    """Split an id or glob at ``/`` and ``@``."""
    return text.replace("@", "/").strip("/").split("/")
