"""Reports: what was measured, as one HTML page, as Markdown, CSV or Parquet, and as rows for a terminal.

``anonymous`` hides serial numbers, host names and home folders in any of them.
"""

from collections.abc import Callable
from pathlib import Path

from pocketbench.errors import ResultsError
from pocketbench.frames import Runs
from pocketbench.report import anonymous as _anonymous
from pocketbench.report import page, text


def html(runs: Runs, path: Path | None = None, *, anonymous: bool = False) -> Path:
    """Write one HTML file that needs nothing else and return its path: by default next to the newest of the runs.

    Raises ResultsError when it cannot be written; an older report then stays as it was.
    """
    target = path or max((one.run for one in runs.contents), key=lambda run: run.id).report
    content = page.page(_named(runs, anonymous))
    return _written(target, lambda file: file.write_text(content, encoding="utf-8", errors="replace"))


def markdown(runs: Runs, *, anonymous: bool = False) -> str:
    """Return the report as Markdown."""
    return text.markdown(_named(runs, anonymous))


def csv(runs: Runs, *, anonymous: bool = False) -> str:
    """Return one row a job, skips and failures too, as CSV with a header."""
    return _named(runs, anonymous).jobs().to_csv(index=False, lineterminator="\n")


def parquet(runs: Runs, path: Path, *, anonymous: bool = False) -> Path:
    """Write every sample, one a row, to a Parquet file and return its path. Raises ResultsError when it cannot be written."""
    frame = _named(runs, anonymous).frame()
    return _written(path, lambda file: frame.to_parquet(file, index=False))


def table(runs: Runs, *, anonymous: bool = False) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Return columns and rows for a terminal."""
    return text.table(_named(runs, anonymous))


def _named(runs: Runs, anonymous: bool) -> Runs:
    """The runs with or without the names of machines."""
    return _anonymous.hide(runs) if anonymous else runs


def _written(target: Path, write: Callable[[Path], object]) -> Path:
    """Write a file beside the target, then put it in the target's place: whole or not at all."""
    draft = target.with_name(f".{target.name}.part")
    try:
        write(draft)
        draft.replace(target)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise ResultsError(f"{target}: cannot be written: {error.strerror or error}", hint="choose another place, or free some space") from error
    return target
