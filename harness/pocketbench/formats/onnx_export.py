"""One run of one of torch's two exporters: from a source to an ONNX model in memory."""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pocketbench import torch_model
from pocketbench.errors import Refused
from pocketbench.model import Source, Tensor

OPSET = 20
# How either exporter says that it has no translation for an operation.
_LACKS = re.compile(r"No ONNX function found for <OpOverload\(op='(?P<new>[^']+)'|Exporting the operator '(?P<classic>[^']+)'")


def exported(source: Source, *, classic: bool) -> Any:
    """Return the model as ONNX's own message, for one row, its tensors named and ordered as the source's.

    ``classic`` takes the exporter that traces or reads TorchScript, else the one that reads the program of ``torch.export``.
    Raises Refused: unsupported-operation, converter-error, and what the source refuses.
    """
    given, gives = [each.name for each in source.inputs], _names(source)
    try:
        with _unheard():
            made = _by_torchscript(source, given, gives) if classic else _by_program(source, given, gives)
    except Refused:
        raise
    except Exception as error:  # exporters raise nearly anything
        raise _refusal(error) from error
    _complete(made, source.inputs)
    if [each.name for each in made.graph.input] != given or [each.name for each in made.graph.output] != gives:
        raise Refused("converter-error", f"the exporter gave inputs {[each.name for each in made.graph.input]}, and the model has {given}"[:300])
    return plain(made)


def plain(model: Any) -> Any:
    """The model without what no runtime reads: notes on the Python code that each operation came from, shapes between operations, domains of no operation.

    The notes name files of the computer that it was made on; shapes are of before constants were laid out anew, which the
    quantiser takes for an error.
    """
    for node in model.graph.node:
        del node.metadata_props[:]
        node.doc_string = ""
    for values in (model.graph.input, model.graph.output):
        for value in values:
            del value.metadata_props[:]
    del model.graph.value_info[:], model.graph.metadata_props[:], model.metadata_props[:]
    used = {node.domain for node in model.graph.node} | {""}
    kept = [each for each in model.opset_import if each.domain in used or model.functions]
    del model.opset_import[:]
    model.opset_import.extend(kept)
    return model


def _by_program(source: Source, given: list[str], gives: list[str]) -> Any:
    """The exporter of today: it translates the program operation by operation."""
    import torch

    program = torch_model.program(source)
    made = torch.onnx.export(program, dynamo=True, input_names=given, output_names=gives, opset_version=OPSET, verbose=False)
    return made.model_proto


def _by_torchscript(source: Source, given: list[str], gives: list[str]) -> Any:
    """The exporter of before: it traces the model, or reads TorchScript with its branches and loops."""
    import onnx
    import torch

    written = io.BytesIO()
    row = torch_model.example(source)
    torch.onnx.export(torch_model.module(source), row, written, dynamo=False, input_names=given, output_names=gives, opset_version=OPSET)
    return onnx.ModelProto.FromString(written.getvalue())


def _names(source: Source) -> list[str]:
    """The outputs' names: their own, and another where an input has it, since a name stands for one tensor."""
    taken = {each.name for each in source.inputs}
    return [f"{each.name}_out" if each.name in taken else each.name for each in source.outputs]


def _complete(model: Any, inputs: tuple[Tensor, ...]) -> None:
    """Give the model the inputs that the exporter left out because nothing reads them, in the source's order."""
    import numpy as np
    from onnx import helper

    found = {each.name: each for each in model.graph.input}
    for each in inputs:
        if each.name not in found:
            dtype = helper.np_dtype_to_tensor_dtype(np.dtype(each.dtype))
            found[each.name] = helper.make_tensor_value_info(each.name, dtype, [1 if size < 0 else size for size in each.shape])
    ordered = [found[each.name] for each in inputs] + [value for name, value in found.items() if name not in {each.name for each in inputs}]
    copies = [type(each).FromString(each.SerializeToString()) for each in ordered]
    del model.graph.input[:]
    model.graph.input.extend(copies)


@contextmanager
def _unheard() -> Iterator[None]:
    """Do not hear what the exporters warn of: that one of them will go, what tracing does not see, attributes that they assign themselves.

    What tracing did not see shows when the file's numbers are held against the model's.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _refusal(error: Exception) -> Refused:
    """What went wrong, in the words of the first cause."""
    cause: BaseException = error
    while cause.__cause__ is not None:
        cause = cause.__cause__
    words = str(cause).strip()
    if lacks := _LACKS.search(words):
        operation = re.sub(r"^\w+(::|\.)", "", lacks["new"] or lacks["classic"])
        return Refused("unsupported-operation", f"torch's exporter has no ONNX for the operation {operation}: {_first(words)}"[:300])
    return Refused("converter-error", f"{type(cause).__name__}: {_first(words)}"[:300])


def _first(words: str) -> str:
    """The first line, without a terminal's colours."""
    return re.sub(r"\x1b\[\d*m", "", words).partition("\n")[0]
