"""What TensorFlow's converter says when it gives up, as a reason and one line."""

import re

from pocketbench.errors import Refused

MAX_MESSAGE = 300
_NO_KERNEL = ("neither a custom op nor a flex op", "not supported by the native TFLite runtime", "not yet supported for op")
_WITHOUT = (r"'tf\.(\w+)' op is neither", r"not yet supported for op: '(\w+)'", r"(?:Select|Custom) ops: ([\w, ]+)")


def refusal(error: Exception) -> Refused:
    """Turn an error of the converter into a reason: unsupported-operation, naming the operations, or converter-error."""
    if isinstance(error, Refused):
        return error
    text = str(error)
    if any(words in text for words in _NO_KERNEL):
        names = sorted({name for pattern in _WITHOUT for name in re.findall(pattern, text)})
        message = f"TensorFlow Lite has no kernel of this kind for {', '.join(names) or _first_line(text)}"
        return Refused("unsupported-operation", message[:MAX_MESSAGE], hint="replace the layer that makes it, or choose another technique or format")
    return Refused(
        "converter-error",
        f"{type(error).__name__}: {_first_line(text)}"[:MAX_MESSAGE],
        hint="another technique may go through; the worker's log has the whole message",
    )


def _first_line(text: str) -> str:
    """The first line that says something, without the places in the graph that converters put before it."""
    said = re.search(r"'tf\.\w+' op [^\n]+", text)
    lines = (re.sub(r"^\S*:\d+:\d+: error: ", "", line).strip() for line in text.splitlines())
    return said[0] if said else next((line for line in lines if line), "no message")
