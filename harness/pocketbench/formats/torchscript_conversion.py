"""One conversion: a source to a file, held against the source's own answers at each step that is known to go wrong silently."""

import contextlib
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec

from pocketbench import torch_model
from pocketbench.errors import Refused
from pocketbench.formats import torchscript_archive
from pocketbench.formats.torchscript_answers import Row, answered, answers, errors, rows_of
from pocketbench.formats.torchscript_capture import captured, traced
from pocketbench.formats.torchscript_forms import FROZEN, NNAPI, OPTIMIZED, VULKAN, Form, parse
from pocketbench.formats.torchscript_techniques import ROUNDED, Prepared, behind_floats, in_dtype, prepared
from pocketbench.model import Rows, Source, Tensor
from pocketbench.torch_kept import deprecations_unheard
from pocketbench.torchscript_reader import About

MAX_MESSAGE = 300


def convert(source: Source, rows: Rows, technique: str, form: str, path: Path) -> None:
    """Write the file. Raises Refused: unsupported-operation, converter-error, needs-calibration-data or technique-not-for-model."""
    with _conditions():
        try:
            _convert(source, rows, technique, parse(form), path)
        except Refused:
            raise
        except Exception as error:  # torch raises nearly anything
            raise _refusal(error) from error


def _convert(source: Source, rows: Rows, technique: str, form: Form, path: Path) -> None:
    """Prepare the module, make its graph twice, write it and hold it against the module."""
    example, made = torch_model.example(source), prepared(source, rows, technique, form)
    tried, wanted = answered(made.reference, rows_of(source, rows))
    warned = ""

    def make() -> Any:
        nonlocal warned
        graph, warned = _graph(made, example, form)
        if NNAPI in form.words:  # nothing here runs what comes of it
            _see(answers(graph, tried), wanted, made, form, warned)
        return _finished(graph.eval(), example, form)

    graph = torchscript_archive.twice(make)
    torchscript_archive.write(graph, _about(source, example, made, form, warned), path)
    if NNAPI not in form.words:
        _see(answers(_lite(path), tried), wanted, made, form, warned)


def _graph(made: Prepared, example: Row, form: Form) -> tuple[Any, str]:
    """The module's graph, and what the tracer warned of."""
    import torch

    if not made.halved:
        return captured(made.module, example, form)
    graph, warned = captured(made.module, in_dtype(example, getattr(torch, made.halved)), form)
    return traced(behind_floats(graph, made.halved), example)[0], warned


def _finished(graph: Any, example: Row, form: Form) -> Any:
    """What is done to a graph: frozen, with XNNPACK's kernels, or handed to Android's NNAPI."""
    import torch

    if NNAPI in form.words:
        return _nnapi(graph, example)
    if any(word in form.words for word in (FROZEN, OPTIMIZED, VULKAN)):
        # Optimising by itself drops the shift of a batch normalisation behind a convolution that has no bias (seen with 2.12.1); freezing does not.
        graph = torch.jit.freeze(graph)
    if OPTIMIZED in form.words:
        from torch.utils.mobile_optimizer import optimize_for_mobile

        graph = optimize_for_mobile(graph)
    return graph


def _nnapi(graph: Any, example: Row) -> Any:
    """A module around the model that torch writes for NNAPI. Raises Refused (technique-not-for-model) in torch's words."""
    from torch.backends._nnapi.prepare import convert_model_to_nnapi

    try:
        return convert_model_to_nnapi(graph, example)
    except Exception as error:
        said = next((line.partition(" # ")[0].strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise Refused("technique-not-for-model", f"torch cannot write the model for NNAPI: {said}"[:MAX_MESSAGE], hint="tflite reaches NNAPI too") from error


def _see(given: list[Any], wanted: list[Any], made: Prepared, form: Form, warned: str) -> None:
    """Hold answers against those that are wanted. Raises Refused where they are others."""
    found = errors(given, wanted)
    far = [error for error in found if not error <= made.allowed]
    if made.allowed == ROUNDED:  # single rows may round by much: all of them together tell wrong kernels
        far = far if len(far) > len(found) // 2 else []
    if not far:
        return
    what = f"on {len(far)} of {len(found)} rows the file answers otherwise than the model (relative error {max(far):.2g})"
    if made.allowed == ROUNDED:
        raise Refused("converter-error", f"{form.engine}'s integer kernels compute something else: {what}"[:MAX_MESSAGE], hint="the form 'x86' has others")
    if warned:
        message = f"tracing keeps one way through the model: {what}; torch: {warned}"
        raise Refused("technique-not-for-model", message[:MAX_MESSAGE], hint="the form 'scripted' keeps all ways")
    raise Refused("converter-error", what, hint="another form may go through")


def _lite(path: Path) -> Callable[..., Any]:
    """The file, loaded by the lite interpreter. Raises what torch raises."""
    from torch.jit.mobile import _load_for_lite_interpreter

    loaded: Callable[..., Any] = _load_for_lite_interpreter(str(path))
    return loaded


def _about(source: Source, example: Row, made: Prepared, form: Form, warned: str) -> About:
    """What the file is to say of itself; shapes are those of one row."""
    gives = torch_model.flat(made.reference(*example))
    facts = {
        **made.facts,
        **({"made_for": form.words[0]} if form.words in ((VULKAN,), (NNAPI,)) else {}),
        **({"tracer_warned": warned[:MAX_MESSAGE]} if warned else {}),
    }
    return About(_described(source.inputs, example), _described(source.outputs, gives), made.engine, facts)


def _described(tensors: tuple[Tensor, ...], values: Any) -> tuple[Tensor, ...]:
    """The source's names with the shapes and dtypes that are."""
    return tuple(
        msgspec.structs.replace(each, shape=tuple(value.shape), dtype=str(value.dtype).removeprefix("torch."), scale=0.0, zero_point=0)
        for each, value in zip(tensors, values, strict=True)
    )


@contextlib.contextmanager
def _conditions() -> Iterator[None]:
    """Convert without gradients, with attention made of plain operations that every runtime has, and leave torch's switches as they were."""
    import torch

    engine, fast = torch.backends.quantized.engine, torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with torch.no_grad(), deprecations_unheard():
            warnings.filterwarnings("ignore", "To copy construct from a tensor", UserWarning)
            warnings.filterwarnings("ignore", "Please use quant_min and quant_max", UserWarning)
            warnings.filterwarnings("ignore", "The TorchScript type system doesn't support instance-level annotations", UserWarning)
            yield
    finally:
        torch.backends.quantized.engine = engine
        torch.backends.mha.set_fastpath_enabled(fast)


def _refusal(error: Exception) -> Refused:
    """What torch says, as a reason: unsupported-operation where it has no kernel, else converter-error."""
    said = next((line.strip() for line in reversed(str(error).splitlines()) if line.strip()), "no message")
    reason = "unsupported-operation" if "not implemented for" in said or "Could not run" in said else "converter-error"
    return Refused(reason, f"{type(error).__name__}: {said}"[:MAX_MESSAGE], hint="another technique or form may go through")
