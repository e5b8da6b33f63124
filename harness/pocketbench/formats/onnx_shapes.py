"""The shapes of an ONNX file's outputs for one row, where the file leaves them open."""

from pathlib import Path

import msgspec

from pocketbench.errors import Refused
from pocketbench.model import Anatomy, Tensor


def seen(path: Path, inside: Anatomy) -> tuple[Tensor, ...]:
    """The outputs with every size known but the batch, by running one row of zeros where the file does not say them.

    A file that ONNX Runtime does not load, or does not run on zeros, keeps what it says itself: its engine will say why. Raises
    Refused (technique-not-for-model) for outputs that are no tensors.
    """
    if not any(-1 in each.shape[1:] or not each.shape for each in inside.outputs):
        return inside.outputs
    import numpy as np
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = 1, 3  # as where a source is opened: it computes the same, and does not print
    row = {each.name: np.zeros([1 if size < 0 else size for size in each.shape], each.dtype) for each in inside.inputs}
    try:
        answers = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"]).run(None, row)
    except Exception:  # its errors have no common class
        return inside.outputs
    if not all(hasattr(answer, "shape") for answer in answers):
        raise Refused("technique-not-for-model", "some outputs are no tensors")
    return tuple(msgspec.structs.replace(each, shape=tuple(answer.shape)) for each, answer in zip(inside.outputs, answers, strict=True))
