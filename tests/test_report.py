"""Reports: what they answer, what they hide, and that they need nothing but themselves."""

import io
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import numpy as np
import pandas as pd
import pytest

import records_made
from pocketbench import frames, report, store
from pocketbench.errors import ResultsError
from pocketbench.model import Artifact, Failed, Measured
from pocketbench.report import conditions, groups, rows, verdict

SERIAL = "FAKE0SERIAL0123"


def read(results: Path, records: Iterable[object], **named: object) -> frames.Runs:
    """A run made of those records, read."""
    records_made.a_run(results, records, **named)
    return frames.load(results=results)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> frames.Runs:
    """Two models on this computer, one of them on a simulated phone too, an export, a wrong form, and a line that was cut."""
    made = (records_made.records(40), records_made.unsound(), records_made.without_classes(), records_made.simulated(), records_made.export_only())
    results = tmp_path_factory.mktemp("results")
    run = records_made.a_run(results, [record for part in made for record in part])
    with (run.folder / "records.jsonl").open("ab") as file:
        file.write(b'{"schema":1,"kind":"meas')
    return frames.load(results=results)


@pytest.fixture(scope="module")
def page(runs: frames.Runs) -> str:
    """The page about them."""
    return report.html(runs).read_text(encoding="utf-8")


class Seen(HTMLParser):
    """What a browser would make of a page: its tags with their attributes, and the text between them."""

    def __init__(self, page: str) -> None:
        """Read ``page``."""
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a tag."""
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        """Keep text."""
        self.words += data.split()

    @property
    def text(self) -> str:
        """All text, on one line."""
        return " ".join(self.words)


def test_the_page_lies_next_to_the_run_and_fetches_nothing(runs: frames.Runs, page: str) -> None:
    """It is report.html in the run's folder; every link in it leads to itself, and its own policy forbids the rest."""
    seen = Seen(page)
    links = [value for _, attributes in seen.tags for key, value in attributes.items() if key in ("src", "href", "xlink:href", "srcset", "data", "action")]

    assert (runs.contents[0].run.folder / "report.html").is_file()
    assert links
    assert all(link and link.startswith("#") for link in links)
    assert not re.findall(r"url\((?!#)|@import|<link|<iframe|<object", page)
    assert any("default-src 'none'" in (attributes.get("content") or "") for tag, attributes in seen.tags if tag == "meta")


def test_every_link_and_id_of_the_page_is_unambiguous(page: str) -> None:
    """No id stands twice, and every link has its target."""
    tags = Seen(page).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    targets = {value[1:] for _, attributes in tags for key, value in attributes.items() if key in ("href", "xlink:href") and value}

    assert len(ids) == len(set(ids))
    assert targets <= set(ids)


def test_text_from_files_and_devices_is_escaped(page: str) -> None:
    """Markup in a converter's message is shown as it was written."""
    assert "cannot&lt;/b&gt;" in page
    assert "<b>cannot</b>" in Seen(page).text
    assert not re.search(r"<b>cannot", page)


def test_the_head_answers_what_to_ship(page: str) -> None:
    """Smallest, fastest and best trade are named before any table, with their numbers."""
    head = Seen(page.partition("<table")[0]).text

    assert "What should I ship?" in head
    assert "smallest dynamic_int8 t1 114 kB, 3.62 times smaller than float32; same answer as its source on 99.8 % of 450 rows" in head
    assert re.search(r"fastest int8 t2 Median 7\.\d+ µs \(95 % interval [\d.]+ µs to [\d.]+ µs\); float32 in the same settings: 12\.\d µs", head)
    assert "best trade int8 t2 1.05 times the smallest file and the lowest median" in head


def test_every_job_stands_in_the_page(runs: frames.Runs, page: str) -> None:
    """Measured ones by their name, the others with reason and message."""
    seen = Seen(page)
    titles = {attributes.get("title") for tag, attributes in seen.tags if tag == "th"}
    for outcome in runs.outcomes:
        if outcome.refusal is None:
            assert outcome.job.id in titles
        else:
            assert outcome.refusal.reason in seen.text
            assert " ".join(outcome.refusal.message.split()) in seen.text


def test_damaged_lines_are_told_at_the_top(page: str) -> None:
    """Nobody takes a cut file for a whole one."""
    assert "1 line of records.jsonl could not be read and was skipped" in Seen(page.partition("<main")[0]).text
    assert "cut or garbled" in Seen(page).text


def test_flaws_stand_with_their_meaning(page: str) -> None:
    """Each flaw that occurs is explained, others are not listed."""
    seen = Seen(page)

    assert "CONSTANT-OUTPUT The answer is the same for every row." in seen.text
    assert "RANDOM-INPUT" not in seen.text


def test_a_form_that_computes_something_else_is_never_recommended(runs: frames.Runs) -> None:
    """However small and fast it is; and the reader is told."""
    found = verdict.verdict(next(group for group in groups.groups(runs) if group.title == "made-up-cnn on host"))

    assert "float32_from_nowhere" not in " ".join(advice.name for advice in found.advice)
    assert found.notes == ("1 of 12 rows are left out: they compute something else than their source (CONSTANT-OUTPUT, LOW-AGREEMENT).",)


def test_simulated_times_are_not_ranked(runs: frames.Runs, page: str) -> None:
    """A simulated phone shows what works: there is a smallest form, no fastest one, and the mark is on the page."""
    found = verdict.verdict(next(group for group in groups.groups(runs) if group.device == "sim:phone"))

    assert [advice.question for advice in found.advice] == ["smallest"]
    assert found.simulated
    assert "made-up-cnn on sim:phone SIMULATED" in Seen(page).text


@pytest.mark.parametrize(("processes", "why"), [(3, "the intervals overlap"), (1, "one process has no interval to tell them apart by")])
def test_medians_that_are_not_told_apart_are_named_with_the_reason(tmp_path: Path, processes: int, why: str) -> None:
    """The fastest form stands together with those it may not be faster than; without an interval nothing is told apart."""
    (group,) = groups.groups(read(tmp_path, records_made.without_classes(processes=processes)))
    fastest = next(advice for advice in verdict.verdict(group).advice if advice.question == "fastest")

    assert why in fastest.why


def test_of_equal_sizes_the_one_without_flaws_is_smallest(runs: frames.Runs) -> None:
    """A NOOP of the same size as float32 is not recommended over it."""
    found = verdict.verdict(next(group for group in groups.groups(runs) if group.model == "made-up-regression"))

    assert [advice.name for advice in found.advice if advice.question == "smallest"] == ["float32"]


@pytest.fixture(scope="module")
def retrained(tmp_path_factory: pytest.TempPathFactory) -> frames.Runs:
    """A model that was trained on in many ways."""
    return read(tmp_path_factory.mktemp("results"), [*records_made.retrained(), *records_made.untrained()])


def test_a_gain_is_never_told_without_the_control(retrained: frames.Runs) -> None:
    """Beside the score of each retrained form stands that of the form that trained as long, or that there is none; int8's own stands nowhere."""
    text = report.markdown(retrained)

    assert "0.9889 (control extra_epochs+int8: 0.9844; float32: 0.9800)" in text
    assert "0.9800 (no control extra_epochs:2+int8; float32: 0.9800)" in text
    assert (
        "What retraining brought cluster16+qat_int8 cannot be told from what the extra epochs brought: no row here has the control (extra_epochs:2+int8)"
        in text
    )
    assert not re.search(r"\bint8: 0\.", text.replace("extra_epochs+int8: 0.", ""))


def test_retrained_forms_are_ranked_by_what_they_are(retrained: frames.Runs) -> None:
    """One with LOW-AGREEMENT and a good score may be the smallest, a ruined one may not, and controls are not recommended."""
    found = verdict.verdict(groups.groups(retrained)[0])

    assert [advice.name for advice in found.advice] == ["prune80+sparse", "int8", "int8"]
    assert "accuracy 0.9800 (control extra_epochs: 0.9867; float32: 0.9800)" in found.advice[0].why
    assert "agree" not in found.advice[0].why.partition("Flagged")[0]
    assert "1 of 11 rows are left out: they were retrained and score much lower than float32 (prune50+int8)." in found.notes


def test_the_smallest_download_is_told_where_it_is_another_file(tmp_path: Path) -> None:
    """A pruned file of the size of float32 that zips smaller than anything else."""

    def told() -> Iterator[object]:
        for record in records_made.retrained():
            pruned = isinstance(record, Artifact) and record.variant.technique == "prune80"
            yield msgspec.structs.replace(record, anatomy=msgspec.structs.replace(record.anatomy, zip_bytes=50_000)) if pruned else record

    advice = {one.question: one for one in verdict.verdict(groups.groups(read(tmp_path, told()))[0]).advice}
    assert advice["smallest"].name == "prune80+sparse"
    assert advice["smallest download"].name == "prune80"
    assert advice["smallest download"].why.startswith("50.0 kB zipped, 7.50 times smaller than float32 zipped, 412 kB unpacked; accuracy 0.9800 (control")


def test_a_download_that_is_smaller_by_a_byte_is_no_other_answer(tmp_path: Path) -> None:
    """The file that is the smallest stands alone."""
    made = list(records_made.retrained())
    (least,) = {one.anatomy.zip_bytes for one in made if isinstance(one, Artifact) and one.variant.technique == "prune80+sparse"}

    def told() -> Iterator[object]:
        for record in made:
            pruned = isinstance(record, Artifact) and record.variant.technique == "prune80"
            yield msgspec.structs.replace(record, anatomy=msgspec.structs.replace(record.anatomy, zip_bytes=least - 1)) if pruned else record

    (group,) = groups.groups(read(tmp_path, told()))
    assert "smallest download" not in [one.question for one in verdict.verdict(group).advice]


def test_what_is_left_of_a_technique_stands_below_its_name(retrained: frames.Runs) -> None:
    """Zeros, 2:4, values of a channel and the encoding, of the forms that promise them."""
    seen = Seen(report.html(retrained).read_text())

    for words in ("prune80 80 % zeros", "80 % zeros, stored sparse", "prune2x4 50 % zeros, 2:4", "cluster16 16 values a channel", "170 values a channel"):
        assert words in seen.text
    assert not re.search("extra_epochs [0-9]+ (%|values)", seen.text)


def test_the_page_lists_weight_tensors_where_a_technique_is_about_them(retrained: frames.Runs) -> None:
    """Folded away: each with its zeros, groups and values, so that a reader sees which one lost what it should have kept."""
    text = Seen(report.html(retrained).read_text()).text

    assert "Weight tensors of 6 forms, one by one" in text
    assert "conv1/kernel kernel 64 x 1024 float32 80 % 97 % 1 260, 140 a channel dense" in text


def test_many_skips_of_one_reason_stand_in_one_line(retrained: frames.Runs) -> None:
    """The techniques are listed, the message says … where each one's name stood, and every job is in the list that unfolds."""
    (line,) = groups.gathered(groups.refused(retrained)[1])

    assert line.title == "5 jobs of made-up-untrained/keras/tflite: prune50, prune80, prune80+int8, qat_int8, prune80+qat_int8"
    assert line.refusal.message == "… retrains, and the model has no train table"
    page = Seen(report.html(retrained).read_text())
    assert all(job.replace("/", "/ ") in page.text or job in page.text.replace("/ ", "/") for job in line.jobs)
    assert sum(job in report.markdown(retrained) for job in line.jobs) == 0


def test_skips_that_differ_stand_apart(tmp_path: Path) -> None:
    """Two of a kind keep their lines, and so do those of another model or with another reason."""
    made = [*records_made.untrained(("prune50", "prune80")), *(records_made.export_only())]
    found = groups.gathered(groups.refused(read(tmp_path, made))[1])

    assert [line.refusal.message.split()[0] for line in found] == ["prune50", "prune80", "no"]
    assert [line.title for line in found] == [line.jobs[0] for line in found]


def test_columns_that_nothing_fills_are_left_out(tmp_path: Path) -> None:
    """A group of files that nothing runs has sizes alone."""
    text = report.markdown(read(tmp_path, records_made.export_only()))

    assert "| form | size | zipped | to float32 | latency | flaws |" in text


def test_the_page_works_without_its_script(page: str) -> None:
    """Sorting is all the script adds: the tables are whole without it."""
    seen = Seen(re.sub(r"<script>.*?</script>", "", page, flags=re.DOTALL))

    assert "int16x8 t1 131 kB" in seen.text
    assert not [attributes for _, attributes in seen.tags if any(key.startswith("on") for key in attributes)]


@pytest.fixture(scope="module")
def phone(tmp_path_factory: pytest.TempPathFactory) -> frames.Runs:
    """A run on a phone whose serial number got everywhere it can get."""

    def told() -> Iterator[object]:
        for record in records_made.simulated(SERIAL, "phone"):
            yield msgspec.structs.replace(record, conditions={"before": {"log": f"{SERIAL}: ok"}}) if isinstance(record, Measured) else record
        failed = next(record for record in records_made.records(1) if isinstance(record, Failed))
        job = msgspec.structs.replace(failed.job, device=SERIAL)
        refusal = msgspec.structs.replace(
            failed.refusal, message=f"adb -s {SERIAL} push /home/somebody/x: made-up-host is gone", hint=f"adb -s {SERIAL} reconnect"
        )
        yield msgspec.structs.replace(failed, job=job, device_kind="phone", refusal=refusal)

    devices = {"host": records_made.HOST, SERIAL: {"kind": "phone", "ro.serialno": SERIAL, "system": "Android 14"}}
    return read(tmp_path_factory.mktemp("results"), told(), devices=devices, name=f"on {SERIAL}")


@pytest.mark.slow
def test_anonymous_hides_names_of_machines_everywhere(phone: frames.Runs, tmp_path: Path) -> None:
    """Serial number, host name and home folder are in none of the reports; without the wish they are."""
    texts = {
        anonymous: [
            report.html(phone, tmp_path / "page.html", anonymous=anonymous).read_text(),
            report.markdown(phone, anonymous=anonymous),
            report.csv(phone, anonymous=anonymous),
            str(pd.read_parquet(report.parquet(phone, tmp_path / "x.parquet", anonymous=anonymous)).to_dict("list")),
        ]
        for anonymous in (False, True)
    }

    assert all(SERIAL in text for text in texts[False])
    assert not [secret for text in texts[True] for secret in (SERIAL, "made-up-host", "somebody") if secret in text]
    assert all("phone-1" in text for text in texts[True])


def test_anonymous_changes_no_number(phone: frames.Runs) -> None:
    """Only names differ."""
    plain, hidden = (pd.read_csv(io.StringIO(report.csv(phone, anonymous=anonymous))) for anonymous in (False, True))

    pd.testing.assert_frame_equal(plain.select_dtypes("number"), hidden.select_dtypes("number"))


def test_csv_is_the_frame_of_jobs(runs: frames.Runs) -> None:
    """Header and rows, and nothing else."""
    back = pd.read_csv(io.StringIO(report.csv(runs)))

    assert list(back.columns) == list(frames.JOB_COLUMNS)
    assert len(back) == len(runs.outcomes)


def test_parquet_holds_every_sample(runs: frames.Runs, tmp_path: Path) -> None:
    """Reading the file back gives the frame of samples."""
    back = pd.read_parquet(report.parquet(runs, tmp_path / "samples.parquet"))
    frame = runs.frame()

    assert list(back.columns) == list(frames.SAMPLE_COLUMNS)
    assert back.value.tolist() == frame.value.tolist()
    assert back.job.astype(str).tolist() == frame.job.astype(str).tolist()


def test_markdown_has_the_answers_and_a_table_for_each_group(runs: frames.Runs) -> None:
    """Every line of a table has the cells of its head, whatever stands in them."""
    text = report.markdown(runs)

    assert "- **smallest: dynamic_int8 t1**" in text
    assert "&lt;b&gt;cannot&lt;/b&gt;" in text
    for block in re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE):
        assert len({len(re.findall(r"(?<!\\)\|", line)) for line in block.splitlines()}) == 1


def test_markdown_survives_pipes_and_line_breaks(tmp_path: Path) -> None:
    """A message of several lines with pipes stays in its cell."""
    failed = next(record for record in records_made.records(1) if isinstance(record, Failed))
    refusal = msgspec.structs.replace(failed.refusal, message="one | two\nthree `four`")

    assert r"| one \| two three \`four\` |" in report.markdown(read(tmp_path, [msgspec.structs.replace(failed, refusal=refusal)]))


def test_the_terminal_table_has_every_job_once(runs: frames.Runs) -> None:
    """Rows have the columns' length, one a job."""
    columns, rows = report.table(runs)

    assert len(rows) == len(runs.outcomes)
    assert {len(row) for row in rows} == {len(columns)}
    assert any("failed: converter-error" in row for row in rows)
    assert ("all keras/tflite on gpu", "skipped: accelerator-absent") in [(row[columns.index("form")], row[columns.index("latency")]) for row in rows]


@pytest.mark.parametrize("kind", ["empty", "failures alone"])
def test_a_run_in_which_nothing_was_measured_has_a_report(tmp_path: Path, kind: str) -> None:
    """Even such a run can be sent: the page says so and gives the reasons."""
    records = [] if kind == "empty" else [record for record in records_made.records(1) if not isinstance(record, Measured) and not hasattr(record, "sha256")]
    runs = read(tmp_path, records)
    seen = Seen(report.html(runs).read_text())

    assert "Nothing was measured" in seen.text
    assert ("converter-error" in seen.text) == bool(records)
    assert report.markdown(runs).startswith("# made-up")
    assert len(report.table(runs)[1]) == len(records)


def test_several_runs_are_shown_apart(tmp_path: Path) -> None:
    """Each run has groups of its own, named by its id, and the page lies with the newest."""
    made = [records_made.a_run(tmp_path, list(records_made.records(5))[:2]) for _ in range(2)]
    path = report.html(frames.load(*(run.id for run in reversed(made)), results=tmp_path))
    text = Seen(path.read_text()).text

    assert path.parent.name == made[1].id
    assert all(f"made-up-cnn on host, run {run.id}" in text for run in made)


def test_a_report_that_cannot_be_written_leaves_the_older_one(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The error names the file, and no half of a page is left behind."""
    runs = read(tmp_path_factory.mktemp("results"), ())
    target = tmp_path / "no such folder" / "page.html"
    with pytest.raises(ResultsError, match=r"page\.html: cannot be written"):
        report.html(runs, target)
    (tmp_path / "page.html").mkdir()
    with pytest.raises(ResultsError, match=r"page\.html: cannot be written"):
        report.html(runs, tmp_path / "page.html")

    assert [file.name for file in tmp_path.iterdir()] == ["page.html"]


def test_allowed_flaws_are_shown_as_such(tmp_path: Path) -> None:
    """A flaw that the user expects stays visible, and is not presented as a warning."""
    record = next(record for record in records_made.records(5) if isinstance(record, Measured))
    runs = read(tmp_path, [msgspec.structs.replace(record, flaws=("NOISY",), allowed=("NOISY",))])

    assert "NOISY (allowed)" in Seen(report.html(runs).read_text()).text


def test_conditions_are_told_as_ranges_with_units(runs: frames.Runs) -> None:
    """Of each device: what was the case before and after its jobs, and what ended the measuring."""
    found = {facts.title: dict(facts.lines) for facts in conditions.conditions(runs)}

    assert found["This computer"]["memory"] == "8.59 GB"
    assert found["On sim:phone, before and after each job"] == {
        "frequency": "before 2400 MHz; after 2390 MHz",
        "governor": "performance",
        "load 1min": "before 0.42; after 0.61",
        "measuring ended by": "precision in 2",
    }


def test_the_unconverted_model_is_shown_and_neither_ranked_nor_a_measure_of_others(tmp_path: Path) -> None:
    """Even the smallest and fastest one: ratios stay against float32 of the same format, and it has none itself."""
    form = records_made.Form("as_is", 900, 90.0)
    of = records_made.variant(form, format_="source")
    made = records_made.artifact(form, of)
    own = [made, records_made.measured(form, made, records_made.job(of, engine="keras"), np.random.default_rng(1))]
    [group] = groups.groups(read(tmp_path / "both", [*own, *records_made.records()]))
    found = verdict.verdict(group)
    ratios = {one.job.variant.name: rows.ratio(one, group.outcomes) for one in group.outcomes}

    assert not any("as_is" in advice.name for advice in found.advice)
    assert next(advice.name for advice in found.advice if advice.question == "smallest").startswith("dynamic_int8")
    assert ratios["made-up-cnn/keras/source/as_is"] is None
    assert ratios["made-up-cnn/keras/tflite/dynamic_int8"] == pytest.approx(412_000 / 113_900)
    assert any(note.startswith("Unconverted, in keras, the model has 900 B and takes ") for note in found.notes)
    [alone] = groups.groups(read(tmp_path / "alone", own))
    assert (verdict.verdict(alone).advice, [note[:11] for note in verdict.verdict(alone).notes]) == ((), ["Unconverted"])


def test_jobs_that_an_interrupted_run_did_not_reach_are_said_to_be_missing(tmp_path: Path) -> None:
    """On the page and in Markdown, with what to type; nothing is silently absent."""
    run = store.create(tmp_path, suite_text="", suite_name="cut", versions={}, host={}, commit="", devices={}, planned=["a/b@host", "a/c@host"])
    runs = frames.load(results=tmp_path)

    assert "2 jobs of it have no result yet" in report.html(runs).read_text(encoding="utf-8")
    assert f"--resume {run.id}" in report.html(runs).read_text(encoding="utf-8")
    assert "2 of its jobs have no result yet" in report.markdown(runs)
