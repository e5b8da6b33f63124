"""From a module of Python code to a graph: by tracing one row, by scripting the code, or the one inside of the other."""

import copy
import warnings
from pathlib import Path
from typing import Any

from pocketbench.errors import Refused
from pocketbench.formats import torchscript_vulkan
from pocketbench.formats.torchscript_forms import Form

# torch.jit.script, seen with 2.13: now and then "builtin cannot be used as a value", and not when it is tried again.
TRIES, MAX_MESSAGE = 3, 300
INTERMITTENT = "cannot be used as a value"


def captured(module: Any, row: tuple[Any, ...], form: Form) -> tuple[Any, str]:
    """A ScriptModule, and what torch's tracer warned of. Raises Refused: unsupported-operation or technique-not-for-model."""
    import torch

    if isinstance(module, torch.jit.ScriptModule):
        return module, ""
    if form.scripted:
        return scripted(module), ""
    with torchscript_vulkan.shaped(form):
        return traced(mixed(module) if form.mixed else module, row)


def traced(module: Any, row: tuple[Any, ...]) -> tuple[Any, str]:
    """Record what one row runs through; branches that depend on data become the way that this row took, and torch warns.

    Warnings of torch's own layers are left out: LSTM looks at how many dimensions its input has.
    """
    import torch

    jit: Any = torch.jit
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always", jit.TracerWarning)
        try:
            made = jit.trace(module, row, check_trace=False)
        except Exception as error:  # models raise nearly anything
            raise _refusal("unsupported-operation", "traced", error) from error
    own = [each for each in heard if issubclass(each.category, jit.TracerWarning) and not each.filename.startswith(str(Path(torch.__file__).parent))]
    return made, next((_sentence(each.message) for each in own), "")


def scripted(module: Any) -> Any:
    """Compile a module's code, branches and loops too."""
    import torch

    for attempt in range(TRIES):
        try:
            return torch.jit.script(module)
        except Exception as error:  # torch's compiler raises nearly anything
            if INTERMITTENT not in str(error) or attempt == TRIES - 1:
                raise _refusal("technique-not-for-model", "scripted", error) from error
    raise AssertionError


def mixed(module: Any) -> Any:
    """A copy of a module with the parts scripted that are the user's own, the largest that can be; the rest is left to the tracer."""
    made = copy.deepcopy(module)
    if not _script_parts(made):
        raise Refused(
            "technique-not-for-model", "nothing in the model can be scripted: below its top there are layers of torch alone, or code that scripting refuses",
            hint="write 'scripted' for the whole, or leave the form out",
        )  # fmt: skip
    return made


def _script_parts(module: Any) -> int:
    """Script the parts of a module in place; say how many were."""
    done = 0
    for name, child in module.named_children():
        own = not type(child).__module__.startswith("torch.")
        try:
            made = scripted(child) if own else None
        except Refused:
            made = None
        if made is None:
            done += _script_parts(child)
        else:
            setattr(module, name, made)
            done += 1
    return done


def _sentence(warning: object) -> str:
    """The first sentence of a warning."""
    return str(warning).strip().partition(". ")[0].rstrip(".")


def _refusal(reason: str, what: str, error: Exception) -> Refused:
    """The model cannot be captured, in torch's words."""
    message = f"the model cannot be {what}: {type(error).__name__}: {_words(error)}"
    return Refused(reason, message[:MAX_MESSAGE], hint="another form may do: traced without one, 'scripted' or 'mixed'")


def _words(error: object) -> str:
    """What torch says, the signature of the function that did not fit left out, and the places in files."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip() and not line.strip().startswith("File ")]
    said = [line for line in lines if line.startswith("Expected")] or lines
    return said[0] if said else "no message"
