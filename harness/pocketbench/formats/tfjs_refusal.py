"""What TensorFlow.js' converter, and onnx2tf before it, say when they give up, as a reason and one line."""

import re

from pocketbench.errors import Refused

MAX_MESSAGE = 300
_LACKS = re.compile(r"Unsupported Ops in the model (?:before|after) optimization\s+(?P<names>[\w, ]+)")
_UNKNOWN = re.compile(r"No module named 'onnx2tf\.ops\.(?P<name>\w+)'")
_HINT = "replace the operation, or choose another format"
_LOG = "the worker's log has the whole message"


def refusal(error: Exception) -> Refused:
    """Turn an error of TensorFlow or of TensorFlow.js' converter into a reason: unsupported-operation, naming the operations, or converter-error."""
    if found := _LACKS.search(str(error)):
        names = ", ".join(sorted({name.strip() for name in found["names"].split(",")}))
        return Refused("unsupported-operation", f"TensorFlow.js has no operation {names}"[:MAX_MESSAGE], hint=_HINT)
    return Refused("converter-error", f"{type(error).__name__}: {_first(str(error))}"[:MAX_MESSAGE], hint=_LOG)


def gave_up(error: BaseException, printed: str) -> Refused:
    """The same of onnx2tf, which prints what is wrong and leaves."""
    if found := _UNKNOWN.search(str(error)):
        return Refused("unsupported-operation", f"onnx2tf has no TensorFlow for the ONNX operation {found['name']}", hint=_HINT)
    said = [line for line in _plain(printed).splitlines() if line.startswith("ERROR:")]
    words = said[0].removeprefix("ERROR:").strip() if said and isinstance(error, SystemExit) else f"{type(error).__name__}: {_first(str(error))}"
    return Refused("converter-error", f"onnx2tf: {words}"[:MAX_MESSAGE], hint=_LOG)


def _first(text: str) -> str:
    """The first line that says something."""
    return next((line.strip() for line in _plain(text).splitlines() if line.strip()), "no message")


def _plain(text: str) -> str:
    """Without a terminal's colours."""
    return re.sub(r"\x1b\[\d*m", "", text)
