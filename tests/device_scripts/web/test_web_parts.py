"""The page's modules, one by one, in the real browser."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

pytestmark = [pytest.mark.slow, pytest.mark.needs_part("chromium")]
Ask = Callable[..., Any]

ON_A_SLOW_CLOCK = """async ({ timed }, phase, batch) => {
  let readings = 0;
  const said = { calls: 0, between: 0 };
  const clock = () => 10 * readings++;
  const between = () => { said.between += 1; readings += 50; };
  const samples = await timed(() => { said.calls += 1; }, phase, { batch, clock, between: batch > 1 ? between : undefined });
  return { samples: Array.from(samples), ...said };
}"""


def phase(**bounds: int) -> dict[str, int]:
    """A phase with the bounds that are given."""
    return {"min_runs": 1, "min_ns": 0, "max_runs": 0, "max_ns": 0, **bounds}


@pytest.mark.parametrize(
    ("bounds", "runs"),
    [
        ({}, 1),
        ({"min_runs": 4}, 4),
        ({"min_ns": 100}, 5),
        ({"min_runs": 7, "min_ns": 100}, 7),
        ({"max_runs": 9}, 9),
        ({"max_ns": 100}, 5),
        ({"max_runs": 3, "max_ns": 100}, 3),
        ({"min_runs": 8, "max_ns": 100}, 8),
        ({"min_runs": 6, "max_runs": 2}, 6),
        ({"min_ns": 500, "max_runs": 4}, 4),
    ],
)
def test_a_phase_ends_by_the_rule_of_the_python_runner(ask: Ask, bounds: dict[str, int], runs: int) -> None:
    """On a clock that goes on by 10 ns a reading, the number of samples follows from the bounds alone."""
    assert ask("phases", ON_A_SLOW_CLOCK, phase(**bounds), 1)["samples"] == [10] * runs


def test_a_sample_holds_as_many_calls_as_the_batch_and_nothing_of_what_goes_between(ask: Ask) -> None:
    """Three samples in batches of four are twelve calls; what passes between two samples is in none."""
    assert ask("phases", ON_A_SLOW_CLOCK, phase(min_runs=3), 4) == {"samples": [10, 10, 10], "calls": 12, "between": 3}


def test_a_call_that_promises_is_waited_for_and_one_that_does_not_takes_no_turn_of_the_event_loop(ask: Ask) -> None:
    """A promise of 20 ms is in its sample; while calls without one are timed, nothing else on the page runs."""
    seen = ask(
        "phases",
        """async ({ timed }, phase) => {
          const later = () => new Promise((resolve) => setTimeout(resolve, 20));
          const waited = await timed(later, phase);
          let turns = 0;
          const turn = () => { turns += 1; timer = setTimeout(turn); };
          let timer = setTimeout(turn);
          const spin = () => { const until = performance.now() + 2; while (performance.now() < until); };
          await timed(() => { spin(); turns += 1000; }, { ...phase, min_runs: 10 });
          clearTimeout(timer);
          return [Math.min(...waited), turns];
        }""",
        phase(min_runs=2),
    )
    assert seen[0] > 15_000_000
    assert seen[1] == 10_000


def test_the_clock_step_is_the_smallest_one_seen(ask: Ask) -> None:
    """Of a clock that goes on by 300 ns and 200 ns in turns it is 200; of one that stands still it is 0."""
    in_turns = "({ clockStep }) => { let now = 0, long = false; return clockStep(() => { long = !long; now += long ? 300 : 200; return now; }); }"
    assert ask("clock", in_turns) == 200
    assert ask("clock", "({ clockStep }) => clockStep(() => 7)") == 0


def test_the_clock_gives_whole_nanoseconds(ask: Ask) -> None:
    """Readings are integers, as the protocol has them."""
    assert ask("clock", "({ now }) => Array.from({ length: 100 }, now).every(Number.isSafeInteger)")


def test_tensors_are_found_by_name_when_the_model_has_them_in_another_order(ask: Ask) -> None:
    """The place is the model's index of each ordered tensor, by whichever of its names the order uses."""
    place = "({ places }, ordered, found) => places(ordered, found, 'inputs')"
    ordered = [{"name": name, "shape": [1, 2], "dtype": "float32"} for name in ("b", "a")]
    found = [{"names": names, "shape": [-1, 2], "dtype": "float32"} for names in (["key", "a"], ["other", "b"])]
    assert ask("tensors", place, ordered, found) == [1, 0]


@pytest.mark.parametrize("dtype", ["bool", "int8", "uint16", "float32", "int64"])
def test_elements_have_the_size_that_their_dtype_says(ask: Ask, dtype: str) -> None:
    """As in numpy."""
    assert ask("order", "({ itemsize }, dtype) => itemsize(dtype)", dtype) == np.dtype(dtype).itemsize


@pytest.mark.parametrize("call", ["read(name)", "output(name, new Uint8Array(1))"])
@pytest.mark.parametrize("name", ["../report", "a/../../b", "/etc/passwd", "", ".", "x\0"])
def test_a_name_that_leads_elsewhere_is_asked_of_no_server(ask: Ask, call: str, name: str) -> None:
    """Neither read nor written: the page refuses it before any request."""
    asked = "async ({ behindThePage }, name) => { try { await behindThePage().%s; return 'asked'; } catch (error) { return error.reason; } }"
    assert ask("harness", asked % call, name) == "protocol"


def test_a_name_with_signs_of_addresses_is_a_name(ask: Ask) -> None:
    """``#``, ``?``, ``%2e%2e`` and a backslash are parts of the name and lead nowhere else."""
    read = "async ({ behindThePage }, name) => (await behindThePage().read(name))?.bytes ?? -1"
    assert [ask("harness", read, name) for name in ("order.json?x", "order.json#x", "%2e%2e/order/order.json", "..\\order.json")] == [-1] * 4
    assert ask("harness", read, "order.json") > 0


REFUSED = """({ readOrder, checkOrder }, text) => {
  try { checkOrder(readOrder(text)); return 'kept'; } catch (error) { return error.reason ?? String(error); }
}"""
TENSOR = {"name": "x", "file": "x.bin", "shape": [1, 4], "dtype": "float32"}
KEPT = {"order": "0123", "protocol": 1, "kind": "outputs", "engine": "tfjs", "model": "model", "accelerator": "wasm", "threads": 1, "options": {}, "rows": 5,
        "inputs": [TENSOR], "outputs": [{**TENSOR, "name": "y", "file": "y.bin"}]}  # fmt: skip


@pytest.mark.parametrize(
    "changed",
    [
        {"protocol": 2}, {"protocol": "1"}, {"rows": 0}, {"rows": "5"}, {"rows": 1.5}, {"rows": 2**60}, {"batch": 0}, {"batch": 1_000_001}, {"kind": "dance"},
        {"threads": True}, {"engine": None}, {"inputs": [3]}, {"inputs": [None]}, {"inputs": [{**TENSOR, "dtype": "float8"}]}, {"outputs": None},
        {"options": {"simd": 1}}, {"options": []}, {"phases": [{"phase": "load"}]}, {"phases": "load"}, {"phases": [3]}, {"stateful": 1},
    ],
)  # fmt: skip
def test_an_order_that_is_not_of_the_protocol_is_refused(ask: Ask, changed: dict[str, Any]) -> None:
    """Another protocol number, other types, other kinds and numbers that cannot be counted."""
    assert ask("order", REFUSED, json.dumps(KEPT)) == "kept"
    assert ask("order", REFUSED, json.dumps({**KEPT, **changed})) == "protocol"


@pytest.mark.parametrize("text", ["", "no JSON", "[]", "null", "3", '{"protocol": 1}', "[" * 100_000])
def test_a_text_that_is_no_order_is_refused(ask: Ask, text: str) -> None:
    """Whatever it is."""
    assert ask("order", REFUSED, text) == "protocol"


@pytest.mark.parametrize(
    "phases",
    [
        [],
        [{"phase": "first"}],
        [{"phase": "load"}, {"phase": "load"}],
        [{"phase": "load"}, {"phase": "idle"}],
        [{"phase": "load", "min_runs": 0}],
        [{"phase": "load", "max_ns": -1}],
        [{"phase": "load", "min_runs": 1_000_001}],
        [{"phase": "load", "min_ns": "7"}],
    ],
)
def test_phases_that_cannot_be_kept_are_refused(ask: Ask, phases: list[dict[str, Any]]) -> None:
    """Timing begins with load, names known phases once, and keeps its samples in memory."""
    assert ask("order", REFUSED, json.dumps({**KEPT, "kind": "timing", "phases": phases})) == "protocol"
    assert ask("order", REFUSED, json.dumps({**KEPT, "kind": "timing", "phases": [{"phase": "load"}, {"phase": "steady"}]})) == "kept"


@pytest.mark.parametrize("name", ["../model", "/etc/passwd", "a/../../model", "", ".", "./order.json", "report.jsonl", "x.bin", "y\0.bin"])
def test_a_file_outside_the_folder_or_of_two_purposes_is_refused(ask: Ask, name: str) -> None:
    """Neither a model nor an output may be named so."""
    for changed in ({"model": name}, {"outputs": [{**TENSOR, "file": name}]}):
        assert ask("order", REFUSED, json.dumps({**KEPT, **changed})) == "protocol"


def test_a_size_of_nothing_is_a_shape_that_does_not_fit(ask: Ask) -> None:
    """As in the Python runner."""
    for size in (0, -1, 1.5):
        assert ask("order", REFUSED, json.dumps({**KEPT, "inputs": [{**TENSOR, "shape": [1, size]}]})) == "shape-mismatch"
