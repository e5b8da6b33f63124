"""ONNX Runtime from the package ``onnxruntime``: its CPU provider, on one row whose memory is bound before anything is timed."""

import platform
import re
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

from order import Refused

OPTIONS = {"exact_int8": ("auto", "on", "off")}
PROVIDER = "CPUExecutionProvider"
# Told by the runtime itself, after it laid the graph out: which provider has which operations. Costs nothing while it runs.
TELLS = "session.record_ep_graph_assignment_info"
# "x64 SSE4.1/AVX2/AVX512(with no VNNI) has overflow problem with quantizied matrix multiplication with U8S8. To avoid this we need to use slower U8U8":
# onnxruntime_session_options_config_keys.h. It rewrites weights on every x86 processor, and fails where two operations share one (seen in 1.31.1).
EXACT = "session.x64quantprecision"
SHARED = "Attempt to replace the existing tensor"
# The runtime's words for dtypes, where numpy has others.
WORDS = {"float": "float32", "double": "float64"}

Described = list[tuple[str, tuple[int, ...], str]]


class Engine:
    """One ``.onnx`` file. What the methods do is in ``README.md`` beside the runner."""

    accelerators = ("cpu",)
    invoke: Any
    _session: Any
    _binding: Any
    _row: list[Any]

    def __init__(self, model: str, order: dict[str, Any]) -> None:
        """Import the package; nothing is loaded yet. Raises ImportError, ValueError."""
        for key, value in order["options"].items():
            if value not in OPTIONS.get(key, ()):
                raise ValueError(f"onnxruntime has no option {key}={value}; known: {OPTIONS}")
        import onnxruntime

        self.version = onnxruntime.__version__
        self._package, self._model, self._order = onnxruntime, model, order
        self.close()

    def load(self) -> None:
        """Make a session, and bind memory for one row: free dimensions take the order's sizes. Raises Refused (engine-cannot-read)."""
        options = self._package.SessionOptions()
        options.intra_op_num_threads = max(1, self._order["threads"])
        options.inter_op_num_threads = 1
        options.log_severity_level = 3  # errors
        options.add_session_config_entry(EXACT, "1" if exact(self._order["options"].get("exact_int8", "auto")) else "0")
        options.add_session_config_entry(TELLS, "1")
        try:
            session = self._package.InferenceSession(self._model, options, providers=[PROVIDER])
        except Exception as error:  # its errors have no common class
            raise _refused(error) from error
        binding = session.io_binding()
        for each in session.get_outputs():
            binding.bind_output(each.name, "cpu")

        def invoke() -> None:
            session.run_with_iobinding(binding)

        self._session, self._binding, self.invoke = session, binding, invoke

    def inputs(self) -> Described:
        """Name, shape (-1 where free) and dtype of each input."""
        return [_described(each) for each in self._session.get_inputs()]

    def outputs(self) -> Described:
        """Name, shape (-1 where free) and dtype of each output."""
        return [_described(each) for each in self._session.get_outputs()]

    def set(self, row: list[Any]) -> None:
        """Bind one row as the inputs: the runtime reads the arrays where they lie."""
        self._row = row
        for each, value in zip(self._session.get_inputs(), row, strict=True):
            self._binding.bind_cpu_input(each.name, value)

    def read(self) -> list[Any]:
        """Copies of the outputs."""
        return [value.copy() for value in self._binding.copy_outputs_to_cpu()]

    def reset(self) -> None:
        """Nothing is kept from one inference to the next."""

    def executed(self) -> dict[str, Any]:
        """How many operations of the graph that runs, after the runtime's own changes to it, the CPU's provider has, of how many."""
        counted: Counter[str] = Counter()
        for part in self._session.get_provider_graph_assignment_info():
            counted[part.ep_name] += len(part.get_nodes())
        own, total = counted[PROVIDER], counted.total()
        proof = "full" if own == total > 0 else "partial" if own else "unknown"
        return {"executed_on": "cpu", "driver": PROVIDER if own else "", "execution": proof, "delegated": own, "operations": total}

    def close(self) -> None:
        """Let go of the session; nothing happens when there is none."""
        self.invoke = self._session = self._binding = None
        self._row = []


def exact(chosen: str) -> bool:
    """Whether to ask for sums that do not overflow: by itself where the processor is an x86 one without VNNI, which needs it."""
    if chosen != "auto" or platform.machine() not in ("x86_64", "AMD64"):
        return chosen == "on"
    with suppress(OSError):
        return not re.search(r"^flags\s*:.*\bavx(512)?_vnni\b", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    return True


def _refused(error: Exception) -> Refused:
    """Why a session was not made, in the runtime's words."""
    words = str(error).strip().partition("\n")[0]
    if SHARED in words:
        words = f"the runtime cannot make sums of 8-bit products exact where operations share a weight; exact_int8 = off loads the file ({words[-200:]})"
    return Refused("engine-cannot-read", words)


def _described(each: Any) -> tuple[str, tuple[int, ...], str]:
    """What the runner holds against the order."""
    word = each.type.removeprefix("tensor(").removesuffix(")")
    return each.name, tuple(size if isinstance(size, int) else -1 for size in each.shape), WORDS.get(word, word)
