"""Runs on disk: whole or not at all, cut lines survived, one writer at a time."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import jsonschema
import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import records_made
from pocketbench import store
from pocketbench.errors import ResultsError
from pocketbench.model import Failed, Measured

RECORDED = Path(__file__).parent / "recorded" / "schema-1"


def empty(results: Path) -> store.Run:
    """A run without records."""
    return records_made.a_run(results, ())


def test_what_was_appended_is_read_back(tmp_path: Path) -> None:
    """Records and artifacts come back equal, jobs in their order."""
    written = list(records_made.records(samples=7))
    contents = store.read(records_made.a_run(tmp_path, written))

    assert [*contents.records.values()] == [record for record in written if not hasattr(record, "sha256")]
    assert set(contents.artifacts) == {record.key for record in written if hasattr(record, "sha256")}
    assert contents.damaged == ()


def test_the_layout_is_the_documented_one(tmp_path: Path) -> None:
    """A run is results/runs/<utc>-<id>/ with its facts, its devices, its records and a folder for logs."""
    run = empty(tmp_path)

    assert run.folder.parent == tmp_path / "runs"
    assert {file.name for file in run.folder.iterdir() if not file.name.startswith(".")} == {"run.json", "devices.json", "records.jsonl", "logs"}
    facts = json.loads((run.folder / "run.json").read_text())
    assert (facts["id"], facts["suite_name"], facts["commit"]) == (run.id, "made-up", "0" * 40)


def test_runs_made_at_the_same_moment_differ_and_sort_by_time(tmp_path: Path) -> None:
    """Many runs in one folder get ids of their own, the newest last."""
    runs = [empty(tmp_path) for _ in range(20)]

    assert [run.id for run in runs] == sorted({run.id for run in runs})
    assert store.find(tmp_path, "last").id == runs[-1].id


@pytest.mark.parametrize("name", ["whole", "short", "path", "records"])
def test_a_run_is_found_by_id_and_by_path(tmp_path: Path, name: str) -> None:
    """The whole id, the part after the time, the folder, and a file in it all name the run."""
    run = empty(tmp_path)
    empty(tmp_path)
    which = {"whole": run.id, "short": run.id.partition("-")[2], "path": run.folder, "records": run.folder / "records.jsonl"}[name]

    assert store.find(tmp_path, which).folder == run.folder


def test_a_run_that_is_not_there_is_an_error_with_those_that_are(tmp_path: Path) -> None:
    """The message names the newest runs, or says that there is none."""
    with pytest.raises(ResultsError, match="there is no run in it"):
        store.find(tmp_path, "last")
    run = empty(tmp_path)
    with pytest.raises(ResultsError, match=rf"no run 'nonesuch'; the newest: {run.id}"):
        store.find(tmp_path, "nonesuch")


def test_the_newest_record_of_a_job_wins(tmp_path: Path) -> None:
    """A job that failed and was resumed is what it became."""
    first, *_ = [record for record in records_made.records(samples=5) if isinstance(record, Measured)]
    failed = Failed(1, first.job, "host", next(record.refusal for record in records_made.records(samples=1) if isinstance(record, Failed)), "")
    contents = store.read(records_made.a_run(tmp_path, [failed, first]))

    assert contents.records == {first.job.id: first}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> store.Run:
    """A run to cut copies of."""
    return records_made.a_run(tmp_path_factory.mktemp("whole"), list(records_made.records(samples=3)))


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, 10**6))
def test_a_file_cut_anywhere_loses_its_last_line_only(whole: store.Run, place: int) -> None:
    """Whatever the byte, every whole line before it is read, and at most one line is reported."""
    file = whole.folder / "records.jsonl"
    content = file.read_bytes()
    cut = content[: place % (len(content) + 1)]
    try:
        file.write_bytes(cut)
        contents = store.read(whole)
    finally:
        file.write_bytes(content)
    lines, rest = cut.count(b"\n"), cut.rpartition(b"\n")[2]
    # A cut just before a newline leaves a line that can be read.
    complete = lines + (1 if rest and rest + b"\n" in content.splitlines(keepends=True) else 0)
    assert len(contents.records) + len(contents.artifacts) == complete
    assert len(contents.damaged) == bool(rest) - (complete - lines)


def test_appending_after_a_cut_line_leaves_it_alone(tmp_path: Path) -> None:
    """A line cut by a power cut is ended before the next record, which is read."""
    run = empty(tmp_path)
    (run.folder / "records.jsonl").write_bytes(b'{"schema":1,"kind":"meas')
    record = next(records_made.records(samples=2))
    store.append(run, record)
    contents = store.read(run)

    assert [number for number, _ in contents.damaged] == [1]
    assert list(contents.artifacts.values()) == [record]


@pytest.mark.parametrize(
    "line",
    [
        b"garbage",
        b"{}",
        b'{"schema":1,"kind":"nonesuch"}',
        b'{"schema":1,"kind":"measured"}',
        b'{"schema":0,"kind":"measured"}',
        b"\xff\xfe",
        b"[" * 100_000,
        b"null",
    ],
)
def test_a_garbled_line_is_reported_and_the_rest_read(tmp_path: Path, line: bytes) -> None:
    """Whatever stands on a line, it is named by its number, and the lines around it count."""
    run = records_made.a_run(tmp_path, list(records_made.records(samples=2))[:2])
    file = run.folder / "records.jsonl"
    first, second = file.read_bytes().splitlines()
    file.write_bytes(first + b"\n\n" + line + b"\n" + second + b"\n")
    contents = store.read(run)

    assert [number for number, _ in contents.damaged] == [3]
    assert (len(contents.artifacts), len(contents.records)) == (1, 1)


@pytest.mark.parametrize(("old", "new"), [(b'"batch":8', b'"batch":0'), (b'"samples":[', b'"samples":[99999999999999999999999999,')])
def test_a_record_with_impossible_numbers_is_damaged(tmp_path: Path, old: bytes, new: bytes) -> None:
    """A batch of none and a sample that no clock could give are reported, not computed with."""
    run = records_made.a_run(tmp_path, list(records_made.records(samples=2))[:2])
    file = run.folder / "records.jsonl"
    file.write_bytes(file.read_bytes().replace(old, new))

    assert [number for number, _ in store.read(run).damaged] == [2]


def test_a_newer_schema_is_refused_by_name(tmp_path: Path) -> None:
    """Records of a newer pocketbench are not guessed at."""
    run = empty(tmp_path)
    (run.folder / "records.jsonl").write_bytes(b'{"schema":2,"kind":"measured"}\n')
    with pytest.raises(ResultsError, match=r"line 1: made by a newer pocketbench \(schema 2; this one reads up to 1\)"):
        store.read(run)


def test_a_recorded_run_of_schema_1_is_read() -> None:
    """The file that the first version wrote is read as it was meant."""
    contents = store.read(store.find(RECORDED, RECORDED))
    statuses = [type(record).__name__ for record in contents.records.values()]

    assert statuses == ["Measured"] * 6 + ["Failed", "Skipped", "Skipped"]
    assert contents.facts.started.startswith("2001-02-03")
    first = next(iter(contents.records.values()))
    assert isinstance(first, Measured)
    assert first.measurements[3].samples == [173688, 176366, 168383, 178031, 171646]
    assert contents.damaged == ()


def test_the_published_schema_is_up_to_date(project: Path) -> None:
    """docs/schemas/records.schema.json is what `nox -s schemas` writes."""
    assert (project / "docs/schemas/records.schema.json").read_text() == json.dumps(store.schema(), indent=2) + "\n"


def test_records_fit_the_published_schema() -> None:
    """Every recorded line is valid by the JSON Schema, and a wrong one is not."""
    validator = jsonschema.Draft202012Validator(store.schema())
    lines = [json.loads(line) for line in (RECORDED / "records.jsonl").read_text().splitlines()]

    assert [error.message for line in lines for error in validator.iter_errors(line)] == []
    assert not validator.is_valid(lines[1] | {"kind": "nonesuch"})


def test_another_process_is_kept_from_a_run_that_is_being_written(tmp_path: Path) -> None:
    """While one process appends, another's append is an error; after release it is not."""
    run = empty(tmp_path)
    store.claim(run)
    program = (
        "import sys; from pathlib import Path; from pocketbench import store, errors\n"
        "try: store.claim(store.find(Path(sys.argv[1]), 'last'))\n"
        "except errors.ResultsError as error: print(error.message)"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]

    assert "another pocketbench is writing to this run" in subprocess.run(command, capture_output=True, text=True, check=True).stdout
    store.release(run)
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == ""


def test_threads_of_one_process_append_whole_lines(tmp_path: Path) -> None:
    """Devices run in parallel and their records do not mix."""
    run = empty(tmp_path)
    measured = [record for record in records_made.records(samples=2000) if isinstance(record, Measured)]
    threads = [threading.Thread(target=store.append, args=(run, record)) for record in measured]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    contents = store.read(run)

    assert contents.damaged == ()
    assert set(contents.records) == {record.job.id for record in measured}


def test_a_results_folder_that_cannot_be_written_is_named_and_left_empty(tmp_path: Path) -> None:
    """A read-only folder ends in an error that says what to type, with nothing half-written."""
    folder = tmp_path / "results"
    (folder / "runs").mkdir(parents=True)
    with forbidden(folder / "runs"), pytest.raises(ResultsError, match="cannot be written: permission denied") as caught:
        empty(folder)

    assert str(folder) in caught.value.message
    assert "--results DIR" in caught.value.hint
    assert list((folder / "runs").iterdir()) == []


@contextmanager
def forbidden(folder: Path) -> Iterator[None]:
    """Make a folder read-only to us; root, who may write everywhere, becomes nobody for the while."""
    root = os.geteuid() == 0
    folder.chmod(0o555)
    if root:
        os.seteuid(65534)
    try:
        yield
    finally:
        if root:
            os.seteuid(0)
        folder.chmod(0o755)


def test_a_file_in_the_place_of_the_results_folder_is_named(tmp_path: Path) -> None:
    """A results folder that is a file is an error of the same kind."""
    (tmp_path / "results").write_text("not a folder")
    with pytest.raises(ResultsError, match="results: cannot be written: "):
        empty(tmp_path / "results")


def test_a_full_disk_is_said_to_be_full(tmp_path: Path) -> None:
    """Appending to a full device is an error that says so."""
    run = empty(tmp_path)
    (run.folder / "records.jsonl").unlink()
    (run.folder / "records.jsonl").symlink_to("/dev/full")
    with pytest.raises(ResultsError, match="cannot be written: the disk is full"):
        store.append(run, next(records_made.records(samples=1)))


def test_a_record_that_does_not_fit_leaves_nothing_of_itself(tmp_path: Path) -> None:
    """When space ends in the middle of a line, the file is as it was before."""
    run = records_made.a_run(tmp_path, list(records_made.records(samples=2))[:1])
    before = (run.folder / "records.jsonl").read_bytes()
    program = (
        "import resource, sys; from pathlib import Path; from pocketbench import store, errors\n"
        "run = store.find(Path(sys.argv[1]), 'last'); record = next(iter(store.read(run).artifacts.values()))\n"
        f"resource.setrlimit(resource.RLIMIT_FSIZE, ({len(before) + 100}, {len(before) + 100}))\n"
        "try: store.append(run, record)\n"
        "except errors.ResultsError as error: print(error.message)"
    )
    said = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True).stdout

    assert "the disk is full" in said
    assert (run.folder / "records.jsonl").read_bytes() == before


@pytest.mark.parametrize("content", ["", "{", '{"schema": 1}', "[]"])
def test_a_head_that_cannot_be_read_is_an_error_naming_the_file(tmp_path: Path, content: str) -> None:
    """A run whose run.json is broken is refused by name."""
    run = empty(tmp_path)
    (run.folder / "run.json").write_text(content)
    with pytest.raises(ResultsError, match=r"run\.json: cannot be read"):
        store.read(run)


def test_logs_get_names_that_are_safe_and_their_own(tmp_path: Path) -> None:
    """Job ids become short file names without folders in them; two ids never share one."""
    run = empty(tmp_path)
    jobs = ["../../etc/passwd", "a/b", "a_b", "x" * 500, "", "ключ/моделi:★"]
    names = [store.write_log(run, job, f"said by {job}") for job in jobs]

    assert len(set(names)) == len(jobs)
    assert all((run.folder / name).parent == run.folder / "logs" and len(name) < 150 for name in names)
    assert (run.folder / names[0]).read_text() == "said by ../../etc/passwd"


def test_an_older_schema_is_read_through_its_migrations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line of an older schema goes through the function of each schema in turn."""
    run = records_made.a_run(tmp_path, list(records_made.records(samples=2))[:2])
    file = run.folder / "records.jsonl"
    file.write_bytes(file.read_bytes().replace(b'"score_name"', b'"name_of_score"').replace(b'"schema":1', b'"schema":-1'))
    monkeypatch.setitem(store.MIGRATIONS, -1, lambda raw: raw | {"schema": 0})
    monkeypatch.setitem(
        store.MIGRATIONS, 0, lambda raw: {("score_name" if key == "name_of_score" else key): value for key, value in raw.items()} | {"schema": 1}
    )
    contents = store.read(run)

    assert contents.damaged == ()
    record = next(iter(contents.records.values()))
    assert isinstance(record, Measured)
    assert (record.schema, record.score_name) == (1, "accuracy")


def test_every_line_has_schema_and_kind() -> None:
    """Both stand on every recorded line."""
    kinds = [msgspec.json.decode(line)["kind"] for line in (RECORDED / "records.jsonl").read_bytes().splitlines()]

    assert set(kinds) == {"artifact", "measured", "failed", "skipped"}
    assert all(msgspec.json.decode(line)["schema"] == 1 for line in (RECORDED / "records.jsonl").read_bytes().splitlines())
