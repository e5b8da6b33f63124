"""The comparison of frameworks: counted from records, each number with its rows, each claim with its rule."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

import records_made
from pocketbench import frames, report, store
from pocketbench.model import Agreement, Artifact, Failed, Job, Measured, Refusal, Skipped, Variant
from pocketbench.report.comparison import COLUMNS, Comparison, comparison
from pocketbench.report.comparison_claims import chance
from pocketbench.report.comparison_routes import COLUMNS as COLUMNS_OF_ROUTES
from records_made import Form
from test_report import Seen

FORMATS = {"keras": ("tflite",), "torch": ("tflite", "torchscript")}
ROUTES = {("keras", "tflite"): "keras>tf>tflite", ("torch", "tflite"): "torch>litert-torch>tflite", ("torch", "torchscript"): "torch>torchscript"}
HOSTILE = "made-up converter: <script>alert(1)</script> & no kernel"


def file(of: Variant, *, size: int = 1000, median_ns: float = 1000.0, flaws: tuple[str, ...] = (), rows: int = 450) -> Iterator[object]:
    """A file that was made and ran."""
    form = Form(of.technique, size, median_ns, flaws=flaws)
    made = msgspec.structs.replace(records_made.artifact(form, of), flaws=flaws)
    yield made
    ran = records_made.measured(form, made, records_made.job(of), np.random.default_rng(len(of.name)), samples=20)
    yield msgspec.structs.replace(ran, agreement=Agreement(rows, None, 0.0, 0.0, True, False))


def refused(of: Variant, reason: str = "unsupported-operation", *, stage: str = "convert") -> Iterator[object]:
    """A conversion that failed."""
    yield Failed(store.SCHEMA, records_made.job(of), "host", Refusal(stage, reason, HOSTILE), records_made.STARTED)


def variant(model: str, framework: str, format_: str, technique: str = "float32", form: str = "") -> Variant:
    """A variant by its usual route."""
    return Variant(model, framework, format_, technique, form, ROUTES[framework, format_])


def operations(lacking: dict[tuple[str, str], tuple[str, ...]], *, number: int = 24) -> Iterator[object]:
    """So many operations in all formats; ``lacking`` names those that a way refuses."""
    for framework, formats in FORMATS.items():
        for format_ in formats:
            for place in range(number):
                of = variant(f"operation-{place}", framework, format_)
                yield from refused(of) if of.model in lacking.get((framework, format_), ()) else file(of)


def models() -> Iterator[object]:
    """A model with techniques from both frameworks: TensorFlow Lite's are all tried, of TorchScript's five all but one work."""
    for place, technique in enumerate(("float32", "float16", "dynamic_int8", "int8_float_io", "int8", "uint8", "int16x8", "prune80", "extra_epochs")):
        yield from file(variant("cnn", "keras", "tflite", technique), size=4000 - 100 * place, median_ns=2000.0)
    for technique in ("float32", "float16", "bfloat16", "dynamic_int8"):
        yield from file(variant("cnn", "torch", "torchscript", technique), size=8000, median_ns=9000.0, flaws=("NOOP",) if technique == "dynamic_int8" else ())
    yield from refused(variant("cnn", "torch", "torchscript", "int8"))
    yield from file(variant("cnn", "torch", "tflite"), size=2000, median_ns=3000.0)
    skip = Refusal("plan", "needs-training-data", "no rows")
    yield Skipped(store.SCHEMA, Job(variant("cnn", "keras", "tflite", "prune50"), "-", "-", "-", 0, "-"), "", skip, records_made.STARTED)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> frames.Runs:
    """A run of a model and one of operations."""
    results = tmp_path_factory.mktemp("results")
    whole = records_made.a_run(results, models())
    lacking = {("keras", "tflite"): ("operation-3",), ("torch", "torchscript"): ()}
    single = records_made.a_run(results, operations(lacking), covers="operations", name="coverage")
    return frames.load(whole.folder, single.folder)


def compared(found: frames.Runs) -> Comparison:
    """The comparison of runs that have something to compare."""
    shown = comparison(found)
    assert shown is not None
    return shown


def cell(found: Comparison, name: str, column: str) -> str:
    """The text of one cell."""
    line = next(line for line in found.lines if line.format == name)
    return line.facts[COLUMNS.index(column)].text


def verdicts(found: frames.Runs) -> dict[str, str]:
    """Each claim's verdict, by its last word."""
    return {claim.text.split()[-1]: claim.verdict for claim in compared(found).claims}


def test_one_format_is_not_compared(tmp_path: Path) -> None:
    """Neither on the page nor in Markdown."""
    records_made.a_run(tmp_path, records_made.records(2))
    found = frames.load(results=tmp_path)

    assert comparison(found) is None
    assert "beside each other" not in report.html(found).read_text(encoding="utf-8") + report.markdown(found)


def test_conversions_are_counted_as_tried_made_and_right(runs: frames.Runs) -> None:
    """What was not asked for is not tried; a file that is wrong is made and not right."""
    assert cell(compared(runs), "tflite", "conversions") == "10 tried, 10 made, 10 right"
    assert cell(compared(runs), "torchscript", "conversions") == "5 tried, 4 made, 4 right"


def test_a_technique_works_where_a_file_is_right_and_is_what_its_name_says(runs: frames.Runs) -> None:
    """A NOOP is no technique that works."""
    assert cell(compared(runs), "torchscript", "techniques that work") == "torch: 3 of 5 tried"
    assert cell(compared(runs), "tflite", "techniques that work") == "keras: 9 of 9 tried; torch: 1 of 1 tried"


def test_sizes_and_times_stand_beside_the_least_of_the_same_model(runs: frames.Runs) -> None:
    """A format is beside others only where they took the same model from the same framework."""
    found = compared(runs)

    size, time = COLUMNS[-2:]
    assert (cell(found, "tflite", size), cell(found, "torchscript", size)) == ("the smallest", "× 4.00")
    assert cell(found, "tflite", time) == "the fastest"
    assert cell(found, "torchscript", time).startswith("× 3.")


def test_a_file_is_timed_by_what_ran_for_real_and_by_a_simulated_phone_only_where_nothing_did(tmp_path: Path) -> None:
    """A simulated phone's time is never the fastest, and is marked."""
    one, other = variant("cnn", "keras", "tflite"), variant("cnn", "torch", "torchscript")
    rows = [*file(one, median_ns=6500.0), *_on_a_simulated_phone(one, 1500.0), *_on_a_simulated_phone(other, 1500.0)]
    found = compared(frames.load(records_made.a_run(tmp_path, rows).folder))

    times = [route.cells[COLUMNS_OF_ROUTES.index("one inference")] for route in found.routes]
    assert [(time.split()[0][0], "SIMULATED" in time) for time in times] == [("6", False), ("1", True)]


def _on_a_simulated_phone(of: Variant, median_ns: float) -> Iterator[object]:
    """The same file there."""
    made, ran = file(of, median_ns=median_ns, flaws=("SIMULATED",))
    assert isinstance(made, Artifact)
    assert isinstance(ran, Measured)
    yield msgspec.structs.replace(made, flaws=())
    yield msgspec.structs.replace(ran, job=msgspec.structs.replace(ran.job, device="phone"), device_kind="simulated")


def test_operations_are_counted_by_framework(runs: frames.Runs) -> None:
    """A format that was not tried from a framework has nothing there."""
    found = compared(runs)

    assert cell(found, "tflite", "operations from Keras") == "23 of 24"
    assert cell(found, "torchscript", "operations from torch") == "24 of 24"
    assert cell(found, "torchscript", "operations from Keras") == ""


def test_of_several_forms_the_one_that_came_furthest_counts(tmp_path: Path) -> None:
    """An operation that the usual form refuses and another has is right, and the grid says by which form."""
    scripted = variant("operation-0", "torch", "torchscript", form="scripted")
    made = [*operations({("torch", "torchscript"): ("operation-0",)}), *file(scripted)]
    records_made.a_run(tmp_path, made, covers="operations")
    found = compared(frames.load(results=tmp_path))

    assert cell(found, "torchscript", "operations from torch") == "24 of 24"
    assert next(grid for grid in found.grids if grid.framework == "torch").column("torchscript")[0].variant.form == "scripted"


def test_the_newest_run_of_the_same_conversion_counts(tmp_path: Path) -> None:
    """Not both, and not the one that is better."""
    of = variant("cnn", "torch", "torchscript")
    first = records_made.a_run(tmp_path, [*file(of), *file(variant("cnn", "torch", "tflite"))])
    second = records_made.a_run(tmp_path, refused(of))

    assert cell(compared(frames.load(second.folder, first.folder)), "torchscript", "conversions") == "1 tried, 0 made, 0 right"


def test_each_claim_has_a_verdict_from_the_rows(runs: frames.Runs) -> None:
    """Torch has fewer steps and is not worse; six techniques against two; every operation ran; one of Keras' did not."""
    assert list(verdicts(runs).values()) == ["supported"] * 4


def test_claims_are_not_supported_where_the_rows_speak_against_them(tmp_path: Path) -> None:
    """An operation of torch that its runtime lacks, eight models that only Keras takes, and no more techniques in TensorFlow Lite."""
    lacking = tuple(f"operation-{place}" for place in range(8))
    whole = records_made.a_run(tmp_path, [record for record in models() if "torchscript" in str(record) or "tflite/float" in str(record)])
    single = records_made.a_run(tmp_path, operations({("torch", "torchscript"): lacking}), covers="operations")
    found = verdicts(frames.load(whole.folder, single.folder))

    assert (found["directly"], found["runtime"], found["Lite"]) == ("not supported", "not supported", "not shown")
    assert found["optimisations"] == "not shown"


def test_few_operations_show_nothing(tmp_path: Path) -> None:
    """A handful that all run say nothing of all."""
    records_made.a_run(tmp_path, operations({}, number=5), covers="operations")
    found = verdicts(frames.load(results=tmp_path))

    assert (found["runtime"], found["Lite"], found["optimisations"]) == ("not shown", "not shown", "not shown")


@pytest.mark.parametrize(("one", "other", "level"), [(0, 0, 1.0), (1, 1, 1.0), (0, 5, 2 / 32), (0, 6, 2 / 64), (2, 10, 2 * (1 + 12 + 66) / 4096)])
def test_the_sign_test_is_two_sided(one: int, other: int, level: float) -> None:
    """Both tails, never more than certain."""
    assert chance(one, other) == pytest.approx(level)
    assert chance(other, one) == pytest.approx(level)


def test_every_number_leads_to_its_rows_and_text_is_escaped(runs: frames.Runs) -> None:
    """Each link of the page has its target, once; each job has one place; a converter's markup is text."""
    page = report.html(runs).read_text(encoding="utf-8")
    tags = Seen(page).tags
    ids = [attributes["id"] for _, attributes in tags if "id" in attributes]
    links = {value[1:] for _, attributes in tags for key, value in attributes.items() if key == "href" and value}

    assert len(ids) == len(set(ids))
    assert links <= set(ids)
    assert {f"r{number}" for number in range(len(runs.outcomes))} <= set(ids)
    assert "<script>alert" not in page
    assert HOSTILE in " ".join(Seen(page).text.split())


def test_operations_have_a_grid_instead_of_sections(runs: frames.Runs) -> None:
    """A line an operation, a sign a format, why in words; no section of their own."""
    page = report.html(runs).read_text(encoding="utf-8")

    assert "operation-3 from keras in tflite: refused: unsupported-operation" in page
    assert "operation-3 on host" not in Seen(page).text
    assert "cnn on host" in Seen(page).text


def test_markdown_has_the_comparison_too(runs: frames.Runs) -> None:
    """The table, the claims and the grids."""
    text = report.markdown(runs)

    assert "| TensorFlow Lite | 10 tried, 10 made, 10 right" in text
    assert "| PyTorch models convert more directly | supported |" in text
    assert "## Operations from keras, one model each" in text
    assert "&lt;script&gt;" in text
