"""TensorFlow Lite files of torch models: LiteRT's own converter for torch, and one of two tools that quantise.

    ""        the AI Edge Quantizer, on the converted file: every tensor that has an integer kernel, inputs and outputs too
    pt2e      torch's own tools, in the graph before it is converted: the layers that LiteRT's rules for them know

Both round weights symmetrically, with a scale for each output channel.
"""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pocketbench import torch_model
from pocketbench.errors import Refused
from pocketbench.formats import tflite_pt2e, tflite_quantizer
from pocketbench.model import Refusal, Rows, Source

PACKAGES = ("torch", "torchao", "litert-torch", "litert-converter", "ai-edge-quantizer", "ai-edge-litert")
PT2E = "pt2e"
AWARE = {"qat_int8": "int8"}
PLAIN = "float32"
KNOWN = (PLAIN, *tflite_quantizer.RECIPES, *AWARE)
MAX_MESSAGE = 300
# What LiteRT's converter says of an operation that it has no rule for.
LACKING = ("Lowering not found", "Unsupported ir element type")


def unfit(technique: str, form: str) -> Refusal | None:
    """Why a torch model has no file made so, for a converter's technique; None when it may."""
    if technique not in KNOWN:
        message = f"the ways from torch to tflite have no {technique}; they know {', '.join(KNOWN)}"
        return Refusal("convert", "technique-not-for-format", message)
    if form not in ("", PT2E):
        return Refusal("convert", "technique-not-for-model", f"the form {form} is one of TensorFlow's converter, and the model comes from torch")
    if form == PT2E and AWARE.get(technique, technique) not in tflite_pt2e.TECHNIQUES:
        message = f"the form {PT2E} is about {' and '.join(tflite_pt2e.TECHNIQUES)}: torch's tools do nothing else, so it would be the usual file"
        return Refusal("convert", "technique-not-for-format", message)
    return None


def write(source: Source, rows: Rows, technique: str, form: str, path: Path) -> None:
    """Convert a torch model, one row at a time, inputs and outputs in the source's order.

    Raises Refused: unsupported-operation, converter-error, needs-calibration-data or technique-not-for-….
    """
    if refusal := unfit(technique, form):
        raise Refused(refusal.reason, refusal.message, hint=refusal.hint)
    program, step = torch_model.program(source), AWARE.get(technique, technique)
    calibration = list(torch_model.calibration(source, rows, technique)) if step in tflite_quantizer.CALIBRATING else []
    with _quietly():
        try:
            path.write_bytes(_made(program.module(), torch_model.example(source), step, form, calibration))
        except Refused:
            raise
        except Exception as error:  # converters raise nearly anything
            raise _refusal(error) from error


def _made(module: Any, row: tuple[Any, ...], step: str, form: str, calibration: list[tuple[Any, ...]]) -> bytes:
    """The bytes of the file."""
    if form == PT2E:
        return _converted(*tflite_pt2e.rounded(module, step, calibration or [row]), row)
    plain = _converted(module, None, row)
    return plain if step == PLAIN else tflite_quantizer.quantized(plain, step, calibration)


def _converted(module: Any, quantizing: Any, row: tuple[Any, ...]) -> bytes:
    """One run of LiteRT's converter; ``quantizing`` says what was rounded in the graph, None for nothing."""
    import litert_torch

    made: bytes = litert_torch.convert(module, row, quant_config=quantizing).model_content()
    return made


def _refusal(error: Exception) -> Refused:
    """What a converter says when it gives up, as a reason and one line."""
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), "no message")
    if any(words in first for words in LACKING):
        message = f"LiteRT's converter for torch has no way to write it: {first}"
        return Refused("unsupported-operation", message[:MAX_MESSAGE], hint="replace the operation, or choose another format")
    return Refused("converter-error", f"{type(error).__name__}: {first}"[:MAX_MESSAGE], hint="another technique, or the form pt2e, may go through")


@contextmanager
def _quietly() -> Iterator[None]:
    """Without progress on stdout, and without what the tools say of their own ways."""
    import litert_torch

    litert_torch.config.show_progress = False
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", FutureWarning)
        warnings.filterwarnings("ignore", message=".*experimental_preserve_all_tensors", category=UserWarning)
        yield
