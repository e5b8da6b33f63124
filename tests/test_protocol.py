"""Orders written and reports read: golden examples, refusals, and that nothing a device says gets past its type."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pocketbench import protocol
from pocketbench.errors import ProtocolError
from pocketbench.protocol import Conditions, Done, FailedOrder, Memory, Order, Outputs, Phase, Report, TensorFile

NAMES = ("timing", "conditions", "outputs", "memory", "serve", "failed", "cut")
ORDER = Order(
    protocol=1, order="a1", kind="timing", engine="litert", model="m.tflite", accelerator="cpu", threads=1, options={}, rows=2,
    inputs=(TensorFile("x", "x.bin", (1, 4), "float32"),), outputs=(TensorFile("y", "y.bin", (1, 3), "float32"),),
    phases=(Phase("load"), Phase("steady", min_runs=2)),
)  # fmt: skip
HELLO: dict[str, Any] = {
    "event": "hello",
    "protocol": 1,
    "order": "a1",
    "runner": "python",
    "engine": "litert",
    "engine_version": "2",
    "pid": 7,
    "clock_step_ns": 30,
}
EXECUTED: dict[str, Any] = {"event": "executed", "executed_on": "cpu", "execution": "full"}
LOAD: dict[str, Any] = {"event": "samples", "phase": "load", "ns": [5]}
STEADY: dict[str, Any] = {"event": "samples", "phase": "steady", "ns": [5, 6], "batch": 4}
LOOK: dict[str, Any] = {"event": "conditions", "at": "load", "cpu_khz": [1_803_000, None]}
DONE: dict[str, Any] = {"event": "done"}
FAILED: dict[str, Any] = {"event": "failed", "stage": "load", "reason": "engine-cannot-read", "message": "no"}
WHOLE = (HELLO, EXECUTED, LOAD, STEADY, DONE)


def report(*lines: dict[str, Any]) -> str:
    """The text of a report."""
    return "".join(json.dumps(line) + "\n" for line in lines)


@pytest.fixture
def golden(project: Path) -> Callable[[str], tuple[Order, str]]:
    """Read a golden example: its order and its report's text."""
    folder = project / "android_app" / "protocol" / "examples"
    return lambda name: (
        msgspec.json.decode((folder / f"{name}.order.json").read_bytes(), type=Order),
        (folder / f"{name}.report.jsonl").read_text(encoding="utf-8"),
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_golden_reports_answer_their_orders(golden: Callable[[str], tuple[Order, str]], name: str) -> None:
    """Each is read as text and as bytes, to the same report; how it ends is what its name says."""
    order, text = golden(name)
    found = protocol.read_report(text, order)
    assert found == protocol.read_report(text.encode(), order)
    assert type(found.end) is {"failed": FailedOrder, "cut": type(None)}.get(name, Done)


def test_the_golden_reports_hold_what_was_ordered(golden: Callable[[str], tuple[Order, str]]) -> None:
    """Samples of every phase, rows of outputs, two marks of memory, and of the cut one what was whole."""
    samples = protocol.read_report(golden("timing")[1], golden("timing")[0]).samples
    assert [(line.phase, len(line.ns), line.batch) for line in samples] == [("load", 1, 1), ("first", 1, 1), ("warmup", 4, 8), ("steady", 10, 8)]
    looks = protocol.read_report(golden("conditions")[1], golden("conditions")[0]).conditions
    assert [(line.at, line.thermal_status, line.in_front) for line in looks][::4] == [("before", 0, True), ("steady", 3, True)]
    assert [line.at for line in looks[1:]] == [line.phase for line in samples]
    assert protocol.read_report(golden("outputs")[1], golden("outputs")[0]).outputs == Outputs(3)
    serve = protocol.read_report(golden("serve")[1], golden("serve")[0])
    assert (serve.serving is not None, [(line.phase, len(line.ns)) for line in serve.samples]) == (True, [("load", 1)])
    memory = protocol.read_report(golden("memory")[1], golden("memory")[0]).memory
    assert isinstance(memory, Memory)
    assert 0 < memory.before_load_bytes < memory.peak_bytes
    assert [line.phase for line in protocol.read_report(golden("cut")[1], golden("cut")[0]).samples] == ["load", "first"]


@pytest.mark.parametrize("name", NAMES)
def test_the_golden_examples_keep_the_published_schemas(project: Path, golden: Callable[[str], tuple[Order, str]], name: str) -> None:
    """The order, and every whole line of the report."""
    order, text = golden(name)
    schemas = {what: json.loads((project / "android_app" / "protocol" / f"{what}.schema.json").read_text(encoding="utf-8")) for what in ("order", "report")}
    jsonschema.validate(json.loads(msgspec.json.encode(order)), schemas["order"])
    for line in text.split("\n")[:-1]:
        jsonschema.validate(json.loads(line), schemas["report"])


@pytest.mark.parametrize("name", ["order", "report"])
def test_the_published_schemas_are_those_of_the_structs(project: Path, name: str) -> None:
    """android_app/protocol/ says what the code says; ``nox -s schemas`` writes it anew."""
    path = project / "android_app" / "protocol" / f"{name}.schema.json"
    assert json.loads(path.read_text(encoding="utf-8")) == json.loads(json.dumps(protocol.schemas()[name]))


def test_an_order_comes_back_as_it_was_written(tmp_path: Path) -> None:
    """order.json holds every field."""
    path = protocol.write_order(ORDER, tmp_path)
    assert path == tmp_path / "order.json"
    assert msgspec.json.decode(path.read_bytes(), type=Order) == ORDER


def test_a_report_is_sorted_by_what_its_lines_are() -> None:
    """Hello, proof, samples in order, end."""
    found = protocol.read_report(report(*WHOLE), ORDER)
    assert [line.phase for line in found.samples] == ["load", "steady"]
    assert (found.hello.pid, found.samples[1].ns, found.samples[1].batch, found.end) == (7, [5, 6], 4, Done())
    assert found.executed is not None
    assert found.executed.execution == "full"


def test_what_a_device_does_not_tell_is_none() -> None:
    """Whatever else it says of itself beside what this harness knows."""
    found = protocol.read_report(report(*WHOLE[:-1], {**LOOK, "mood": "well"}, DONE), ORDER)
    assert found.conditions == [Conditions("load", cpu_khz=(1_803_000, None))]


@pytest.mark.parametrize("kept", range(1, len(WHOLE)))
def test_a_report_without_a_last_line_has_no_end(kept: int) -> None:
    """Cut after any line, or within the next one, what was whole is read and ``end`` is None."""
    text = report(*WHOLE[:kept])
    broken = json.dumps(WHOLE[kept])[:-1]
    assert protocol.read_report(text, ORDER) == protocol.read_report(text + broken, ORDER)
    assert protocol.read_report(text, ORDER).end is None


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ((), "begin with a hello"),
        ((EXECUTED, DONE), "begin with a hello"),
        (({**HELLO, "protocol": 2},), "protocol 2"),
        (({**HELLO, "order": "a2"},), "answers order 'a2'"),
        (({**HELLO, "engine": "tflite"},), "engine 'tflite'"),
        ((HELLO, HELLO), "second hello"),
        ((HELLO, EXECUTED, EXECUTED), "second executed"),
        ((HELLO, LOAD, LOAD), "'load'"),
        ((HELLO, {**LOAD, "phase": "warmup"}), "'warmup'"),
        ((*WHOLE, DONE), "after its last line"),
        ((*WHOLE, FAILED), "after its last line"),
        ((HELLO, EXECUTED, LOAD, DONE), "phase steady has 0 samples"),
        ((HELLO, EXECUTED, LOAD, {**STEADY, "ns": [1]}, DONE), "phase steady has 1 samples"),
        ((HELLO, LOAD, {**STEADY, "inference_ns": [1]}), "phase steady has 2 samples, and 1 of the inferences in them"),
        ((HELLO, LOAD, STEADY, DONE), "what executed"),
        ((HELLO, {**FAILED, "reason": "mood"}), "unknown reason 'mood'"),
        ((HELLO, {"event": "sing"}), "line 2"),
        ((HELLO, {**LOAD, "ns": [1.5]}), "line 2"),
        ((HELLO, {**LOAD, "ns": [-1]}), "line 2"),
        ((HELLO, {**LOAD, "ns": [2**63]}), "line 2"),
        ((HELLO, {**LOAD, "batch": 0}), "line 2"),
        ((HELLO, {**EXECUTED, "execution": "mostly"}), "line 2"),
        ((HELLO, {**LOOK, "at": "warmup"}), "'warmup'"),
        ((HELLO, LOOK, LOOK), "'load'"),
        ((HELLO, {**LOOK, "at": "x" * 21}), "line 2"),
        ((HELLO, {**LOOK, "thermal_status": "hot"}), "line 2"),
        ((HELLO, {**LOOK, "battery_percent": 1e400}), "line 2"),
        ((HELLO, {**LOOK, "in_front": 1}), "line 2"),
        ((HELLO, {**LOOK, "cpu_khz": [1] * 65}), "line 2"),
        ((HELLO, {**LOOK, "cpu_khz": ["fast"]}), "line 2"),
    ],
)
def test_a_report_that_breaks_the_protocol_is_refused(lines: tuple[dict[str, Any], ...], says: str) -> None:
    """The error says which rule."""
    with pytest.raises(ProtocolError, match=says):
        protocol.read_report(report(*lines), ORDER)


def test_a_done_with_fewer_rows_than_ordered_is_refused() -> None:
    """Outputs of one row of two are not done."""
    order = msgspec.structs.replace(ORDER, kind="outputs", phases=())
    with pytest.raises(ProtocolError, match="1 rows of outputs were written, 2 were ordered"):
        protocol.read_report(report(HELLO, EXECUTED, {"event": "outputs", "rows": 1}, DONE), order)


def test_text_broken_off_after_the_last_line_is_refused() -> None:
    """Nothing follows the end, not even half a line."""
    with pytest.raises(ProtocolError):
        protocol.read_report(report(*WHOLE) + '{"event": ', ORDER)


@pytest.mark.parametrize(("bound", "value"), [("MAX_REPORT_BYTES", 100), ("MAX_LINE_BYTES", 50), ("MAX_LINES", 4)])
def test_a_report_beyond_its_bounds_is_refused(monkeypatch: pytest.MonkeyPatch, bound: str, value: int) -> None:
    """Bytes in all, bytes of a line and lines are each bounded."""
    protocol.read_report(report(*WHOLE), ORDER)
    monkeypatch.setattr(protocol.reading, bound, value)
    with pytest.raises(ProtocolError, match=f"more than {value}"):
        protocol.read_report(report(*WHOLE), ORDER)


def test_deep_nesting_and_endless_numbers_are_refused() -> None:
    """Neither ends the host."""
    for line in ('{"event": "done", "x": ' + "[" * 100_000, '{"event": "outputs", "rows": ' + "9" * 10_000 + "}"):
        with pytest.raises(ProtocolError):
            protocol.read_report(report(HELLO) + line + "\n", ORDER)


JSON = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.lists(st.integers() | st.none(), max_size=3)
BENT = st.builds(
    lambda line, key, value: json.dumps({**line, key: value}).encode(),
    st.sampled_from([*WHOLE, FAILED]),
    st.sampled_from(sorted({*HELLO, *EXECUTED, *STEADY, *FAILED})),
    JSON,
)
LINES = st.lists(st.sampled_from([json.dumps(line).encode() for line in (*WHOLE, FAILED)]) | BENT | st.binary(max_size=40), max_size=8)


@settings(deadline=None, max_examples=200)
@given(said=st.binary() | st.text(st.characters()) | LINES.map(b"\n".join) | LINES.map(lambda lines: json.dumps(HELLO).encode() + b"\n" + b"\n".join(lines)))
def test_whatever_a_device_says_is_a_report_or_a_protocol_error(said: bytes | str) -> None:
    """No bytes raise anything else, and what is read is typed and of this order."""
    try:
        found = protocol.read_report(said, ORDER)
    except ProtocolError:
        return
    assert isinstance(found, Report)
    assert (found.hello.order, found.hello.protocol) == ("a1", 1)
    assert all(type(one) is int and one >= 0 for line in found.samples for one in line.ns)
