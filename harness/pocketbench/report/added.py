"""What an engine adds to an app: its share of the APK that was on a device, as a download and once installed, beside the models that it ran."""

from collections.abc import Sequence
from dataclasses import dataclass

from pocketbench.charts import words
from pocketbench.engines import APP
from pocketbench.frames import Runs
from pocketbench.model import AppInstalled, AppPart
from pocketbench.outcomes import Outcome

TITLE = "What an engine adds to an app"
LEAD = (
    "Counted from the directory of the APK that was on the device. Download is what a part takes of the APK, compressed; installed is that and, for the "
    "device's ABI, the libraries that Android takes out of the APK because they are compressed there, and keeps beside it. What Android compiles of the "
    "classes afterwards is not counted. TensorFlow.js adds a page: what runs it, the WebView, is the phone's. Beside an engine, the models that it ran."
)
COLUMNS = ("part", "download", "installed", "models", "model, raw", "model, zipped")
WHOLE = "the APK"


@dataclass(frozen=True, slots=True)
class Added:
    """One device's app: a title, the hash of its APK, and the cells in the order of :data:`COLUMNS`."""

    title: str
    sha256: str
    rows: tuple[tuple[str, ...], ...]


def added(runs: Runs) -> list[Added]:
    """Every app that was on a device of these runs."""
    several = len(runs.contents) > 1
    return [
        Added(
            f"{device}{f', {app.abi}' if app.abi else ''}{f', run {contents.facts.id}' if several else ''}",
            app.sha256,
            _rows(app, [one for one in runs.outcomes if (one.run, one.job.device, one.job.runner) == (contents.facts.id, device, APP)]),
        )
        for contents in runs.contents
        for device, app in contents.apps.items()
    ]


def _rows(app: AppInstalled, outcomes: Sequence[Outcome]) -> tuple[tuple[str, ...], ...]:
    """Each part, and the whole."""
    installed = app.size_bytes + sum(part.installed_bytes - part.download_bytes for part in app.parts)
    whole = (WHOLE, words.amount(app.size_bytes), words.amount(installed), "", "", "")
    return (*(_row(part, outcomes) for part in app.parts), whole)


def _row(part: AppPart, outcomes: Sequence[Outcome]) -> tuple[str, ...]:
    """One part; an engine has beside it the files that it ran."""
    sizes = (words.amount(part.download_bytes), words.amount(part.installed_bytes))
    ran = [one.artifact for one in outcomes if part.engine and one.job.engine == part.what and one.status == "ok" and one.artifact]
    own = {artifact.key: artifact.anatomy for artifact in ran}.values()
    if not own:
        return part.what, *sizes, "", "", ""
    return part.what, *sizes, str(len(own)), _range([each.size_bytes for each in own]), _range([each.zip_bytes for each in own])


def _range(sizes: Sequence[int]) -> str:
    """The smallest and the largest."""
    low, high = words.amount(min(sizes)), words.amount(max(sizes))
    return low if low == high else f"{low} to {high}"
