"""What torch's exporter, its quantiser and ExecuTorch's back ends say when they give up, as a reason and one line."""

import re

from pocketbench.errors import Refused

MAX_MESSAGE = 300
# ExecuTorch's own words for an operation that it has no kernel for, or that its dialect does not allow.
_NO_KERNEL = (r"Missing out variants: \{([^}]*)\}", r"Operator (\S+) is not", r"not in the edge dialect: (\S+)", r"Unsupported operator:? (\S+)")


def refusal(error: Exception) -> Refused:
    """Turn an error into a reason: unsupported-operation, naming the operations, or converter-error."""
    if isinstance(error, Refused):
        return error
    text = str(error)
    for pattern in _NO_KERNEL:
        if found := re.search(pattern, text):
            names = ", ".join(sorted(found[1].replace("'", "").split(", ")))
            message = f"ExecuTorch has no kernel of this kind for {names}"
            return Refused("unsupported-operation", message[:MAX_MESSAGE], hint="replace the layer that makes it, or choose another technique or format")
    return Refused(
        "converter-error",
        f"{type(error).__name__}: {_first_line(text)}"[:MAX_MESSAGE],
        hint="another technique or form may go through; the worker's log has the whole message",
    )


def _first_line(text: str) -> str:
    """The first line that says something."""
    return next((line.strip() for line in text.splitlines() if line.strip()), "no message")
