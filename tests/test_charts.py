"""Figures: something to read, nothing cut off, whatever the names."""

import io
import re
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

import records_made
from pocketbench import charts, frames
from pocketbench.charts import latency, tradeoff, words
from pocketbench.charts.tradeoff import Point
from pocketbench.frames import Outcome
from pocketbench.model import Measured

HOSTILE = "$x^{$ <script>alert(1)</script> & \x00\x1b 日本語 " + "long" * 30

points = st.lists(st.builds(Point, st.integers(1, 50), st.integers(0, 50), st.just("a"), st.just("tflite"), st.booleans()), max_size=20)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, ...]:
    """A made-up run's outcomes, one of them a form that computes something else."""
    results = tmp_path_factory.mktemp("results")
    records_made.a_run(results, [*records_made.records(samples=60), *records_made.unsound()])
    return frames.load(results=results).outcomes


def renamed(outcome: Outcome, name: str) -> Outcome:
    """The same outcome under another technique's name."""
    variant = msgspec.structs.replace(outcome.job.variant, technique=name)
    record = msgspec.structs.replace(outcome.record, job=msgspec.structs.replace(outcome.job, variant=variant))
    artifact = msgspec.structs.replace(outcome.artifact, variant=variant, key=name) if outcome.artifact else None
    return Outcome(outcome.run, record, artifact)


def test_a_run_has_six_figures_and_each_says_what_to_read_off(outcomes: tuple[Outcome, ...]) -> None:
    """Score against size, latency, size, loading, weights, operations; the subject stands in each."""
    figures = charts.draw(outcomes, "made-up on host")
    titles = [figure.texts[0].get_text() for figure in figures]

    assert [title.partition("?")[0] for title in titles] == [
        "What does small cost",
        "How long is one inference",
        "How big is each file",
        "When is the first answer",
        "What are the weights made of",
        "What was fused",
    ]
    assert all(figure.texts[1].get_text().startswith("made-up on host") for figure in figures)


def test_nothing_to_draw_is_no_figure(outcomes: tuple[Outcome, ...]) -> None:
    """Skips and failures alone give none; neither does an empty list."""
    assert charts.draw([], "nothing") == []
    assert charts.draw([outcome for outcome in outcomes if outcome.status != "ok"], "nothing") == []


def test_drawing_leaves_no_state_behind(outcomes: tuple[Outcome, ...]) -> None:
    """Neither pyplot's figures nor the settings of a user's notebook are touched."""
    import matplotlib as mpl
    from matplotlib._pylab_helpers import Gcf

    before = dict(mpl.rcParams)
    charts.svg(latency.draw(outcomes, "made-up"), "a")

    assert Gcf.figs == {}
    assert dict(mpl.rcParams) == before


@pytest.mark.slow
def test_text_is_neither_cut_off_nor_covered(outcomes: tuple[Outcome, ...]) -> None:
    """With names of any length, every text lies inside the figure, and a row's name does not reach its value."""
    named = [renamed(outcome, f"prune80+cluster16+qat_int8_number_{number}") for number, outcome in enumerate(outcomes) if outcome.status == "ok"]
    for figure in charts.draw(named, "a-model-with-a-rather-long-name on a-device-with-a-serial-number-of-its-own, SIMULATED"):
        figure.canvas.draw()
        renderer = figure.canvas.get_renderer()
        boxes = {text: text.get_window_extent(renderer) for text in (*figure.texts, *figure.axes[0].texts) if text.get_text()}
        outside = [text.get_text() for text, box in boxes.items() if box.x0 < 0 or box.x1 > figure.bbox.x1 or box.y0 < 0 or box.y1 > figure.bbox.y1]
        texts = [text for text in figure.axes[0].texts if text.get_text()]
        covered = [(a.get_text(), b.get_text()) for n, a in enumerate(texts) for b in texts[n + 1 :] if boxes[a].padded(-1).overlaps(boxes[b].padded(-1))]

        assert (outside, covered) == ([], [])


@pytest.mark.slow
def test_a_long_list_goes_on_in_a_further_figure(outcomes: tuple[Outcome, ...]) -> None:
    """No figure has more than about forty rows, and the pages are numbered."""
    many = [renamed(outcomes[0], f"form{number}") for number in range(70)]
    subjects = [figure.texts[1].get_text() for figure in charts.draw(many, "made-up")]

    assert subjects.count("made-up (1 of 3)") == 1
    assert subjects.count("made-up (2 of 2)") == 4


def test_names_from_outside_are_drawn_as_they_are(outcomes: tuple[Outcome, ...]) -> None:
    """Formulas, markup and letters that the font lacks are text, in pictures and in pages."""
    for figure in charts.draw([renamed(outcome, HOSTILE) for outcome in outcomes[:3]], HOSTILE):
        element = charts.svg(figure, "a")
        figure.savefig(io.BytesIO(), format="png", metadata={})

        assert "<script" not in element
        assert "\x00" not in element


def test_a_picture_serves_light_and_dark(outcomes: tuple[Outcome, ...]) -> None:
    """Its colours are the page's variables, and it fetches nothing."""
    element = charts.svg(latency.draw(outcomes, "made-up"), "a")

    assert re.findall(r"(?:fill|stroke): (?!none|var\(--)[^;\"]+", element) == []
    assert [link for link in re.findall(r'(?:href|src)="([^"]*)"|url\(([^)]*)\)', element) if not "".join(link).startswith("#a-")] == []


def test_two_pictures_in_a_page_share_no_ids(outcomes: tuple[Outcome, ...]) -> None:
    """Ids have the prefix that was given."""
    ids = [set(re.findall(r'\bid="([^"]+)"', charts.svg(latency.draw(outcomes, "made-up"), prefix))) for prefix in ("a", "b")]

    assert all(ids)
    assert not ids[0] & ids[1]


def test_the_same_samples_give_the_same_picture(outcomes: tuple[Outcome, ...]) -> None:
    """Nothing about a picture is left to chance."""
    assert charts.svg(latency.draw(outcomes, "made-up"), "a") == charts.svg(latency.draw(outcomes, "made-up"), "a")


def test_a_million_samples_make_no_bigger_picture(tmp_path: Path) -> None:
    """The size of a latency picture depends on its rows, not on its samples."""
    sizes = []
    for samples in (200, 20_000):
        records_made.a_run(tmp_path, records_made.records(samples=samples, forms=records_made.FORMS[:1]))
        sizes.append(len(charts.svg(latency.draw(frames.load(results=tmp_path).outcomes, "made-up"), "a")))

    assert sizes[1] < 1.2 * sizes[0]


def test_equal_samples_can_be_drawn(tmp_path: Path) -> None:
    """A clock so coarse that all samples are equal still gives a picture."""
    record = next(record for record in records_made.records(samples=5) if hasattr(record, "measurements"))
    flat = [msgspec.structs.replace(item, samples=[8000] * len(item.samples)) for item in record.measurements]
    records_made.a_run(tmp_path, [msgspec.structs.replace(record, measurements=flat)])

    assert "1.00 µs" in charts.svg(latency.draw(frames.load(results=tmp_path).outcomes, "made-up"), "a")


def test_a_key_too_wide_for_one_line_has_several_and_nothing_moves_for_it(outcomes: tuple[Outcome, ...]) -> None:
    """Six formats and the front: every word of the key is inside the figure, and the figure grew by the lines."""
    formats = ("tflite", "torchscript", "executorch", "onnx", "ncnn", "tfjs")
    ran = [outcome for outcome in outcomes if outcome.status == "ok" and outcome.artifact]
    figures = []
    for names in (formats[:1], formats):
        some = [renamed(ran[place], f"form{place}") for place in range(6)]
        for place, outcome in enumerate(some):
            variant = msgspec.structs.replace(outcome.job.variant, format=names[place % len(names)])
            record = msgspec.structs.replace(outcome.record, job=msgspec.structs.replace(outcome.job, variant=variant))
            some[place] = Outcome(outcome.run, record, msgspec.structs.replace(outcome.artifact, variant=variant))
        figures.append(tradeoff.draw(some, "made-up"))
    narrow, wide = figures
    box = wide.legends[-1].get_window_extent(wide.canvas.get_renderer())

    assert (box.x0 >= 0, box.y0 >= 0, box.x1 <= wide.bbox.x1) == (True, True, True)
    assert wide.get_figheight() > narrow.get_figheight()
    assert [figure.axes[0].get_position().height * figure.get_figheight() for figure in figures] == pytest.approx([2.7, 2.7])


@given(points, st.booleans())
def test_the_front_is_what_no_sound_point_beats(some: list[Point], less: bool) -> None:
    """A sound point is off the front exactly when another is no bigger and better, or smaller and no worse, or its equal."""
    front = tradeoff.pareto(some, less=less)
    better = (lambda a, b: a < b) if less else (lambda a, b: a > b)
    for point in some:
        beaten = any(
            other.sound
            and ((other.size <= point.size and better(other.right, point.right)) or (other.size < point.size and not better(point.right, other.right)))
            for other in some
        )
        assert (point in front) == (point.sound and not beaten)


@pytest.mark.parametrize(
    ("score", "corner", "ends_at_one"), [("accuracy", "Up", True), ("r2", "Up", False), ("rmse", "Down", False), ("python:a:b", "Up", False)]
)
def test_the_good_corner_and_the_end_of_the_scale_are_the_scores(outcomes: tuple[Outcome, ...], score: str, corner: str, ends_at_one: bool) -> None:
    """Less is better for an error; a share ends at 1."""
    measured = [one for one in outcomes if isinstance(one.record, Measured) and one.record.score is not None]
    some = [
        Outcome(one.run, msgspec.structs.replace(one.record, score=0.5 + number / 100, score_name=score), one.artifact) for number, one in enumerate(measured)
    ]
    figure = tradeoff.draw(some, "made-up")
    assert f"{corner} and left is better" in figure.texts[0].get_text()
    assert bool(abs(figure.axes[0].get_ylim()[1] - 1.0012) < 1e-9) is ends_at_one


def test_a_form_that_computes_something_else_has_a_dagger(outcomes: tuple[Outcome, ...]) -> None:
    """Its name is marked wherever it is drawn."""
    ran = [outcome for outcome in outcomes if outcome.status == "ok"]

    assert [name for name in words.drawn(ran) if "†" in name] == ["float32_from_nowhere t1 †"]
    assert [name for name in words.artifacts(outcomes)[1] if "†" in name] == ["float32_from_nowhere †"]


def test_names_hold_what_differs_and_no_more(outcomes: tuple[Outcome, ...]) -> None:
    """Technique always; options and threads because they are not the same for all; format and engine not."""
    ran = [outcome for outcome in outcomes if outcome.status == "ok"]

    assert words.names(ran)[:4] == ["float32 t1", "float32 t2", "float32 xnnpack=off t1", "float16 t1"]
    assert words.names(ran[3:4]) == ["float16"]


@pytest.mark.parametrize(
    ("ns", "text"),
    [(0, "0.00 ns"), (41, "41.0 ns"), (999.4, "999 ns"), (999.6, "1.00 µs"), (12_340, "12.3 µs"), (9_996_000, "10.0 ms"), (1.5e9, "1.50 s"), (123e9, "123 s")],
)
def test_times_have_three_digits_and_a_unit(ns: float, text: str) -> None:
    """The unit changes where the three digits would run out."""
    assert words.duration(ns) == text


@pytest.mark.parametrize(
    ("size", "text"), [(0, "0 B"), (999, "999 B"), (1128, "1.13 kB"), (412_000, "412 kB"), (999_900, "1.00 MB"), (5.4e8, "540 MB"), (2e9, "2.00 GB")]
)
def test_sizes_have_three_digits_and_a_unit(size: float, text: str) -> None:
    """A kilobyte is a thousand bytes."""
    assert words.amount(size) == text


@pytest.mark.parametrize(
    ("execution", "executed_on", "text"),
    [("full", "gpu", "gpu"), ("partial", "gpu", "gpu in part (9 of 12 operations)"), ("none", "cpu", "gpu asked, cpu ran"), ("unknown", "", "gpu unproven")],
)
def test_a_row_that_is_not_full_is_not_named_by_its_accelerator_alone(outcomes: tuple[Outcome, ...], execution: str, executed_on: str, text: str) -> None:
    """What ran stands beside what was asked for."""
    outcome = outcomes[0]
    proof = msgspec.structs.replace(outcome.record.proof, execution=execution, executed_on=executed_on, delegated=9, operations=12)
    record = msgspec.structs.replace(outcome.record, proof=proof, job=msgspec.structs.replace(outcome.job, accelerator="gpu"))

    assert words.executed(Outcome(outcome.run, record, outcome.artifact)) == text


def test_names_that_would_be_cut_to_the_same_keep_their_ends() -> None:
    """Two ways to ask a service are two names in a figure."""
    long = [f"float32 python litert serve={serve} asked_by=harness" for serve in ("socket", "http")]

    assert words.apart([*long, "float32 app tflite"]) == ["…t serve=socket asked_by=harness", "…ert serve=http asked_by=harness", "float32 app tflite"]


def test_scores_that_differ_by_rounding_are_drawn_as_one_height(outcomes: tuple[Outcome, ...]) -> None:
    """Their range is that of equal ones, and no form is on the front for it."""
    measured = [one for one in outcomes if isinstance(one.record, Measured) and one.record.score is not None]
    some = [
        Outcome(one.run, msgspec.structs.replace(one.record, score=0.4952 + 1e-8 * number, score_name="r2"), one.artifact)
        for number, one in enumerate(measured)
    ]
    axes = tradeoff.draw(some, "made-up").axes[0]
    low, high = axes.get_ylim()

    assert {line.get_ydata()[0] for line in axes.lines if len(line.get_ydata()) == 1} == {0.4952}
    assert high - low >= 0.009
