"""What each technique makes of an exported model, with ONNX Runtime's own tools. All keep float inputs and outputs."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pocketbench.formats.onnx_export import plain

# From the rows that calibrate, one at a time: the inputs by name.
Ranges = Callable[[], Iterator[dict[str, Any]]]
# From a model, those rows and whether weights have a scale a channel, to a model.
Apply = Callable[[Any, Ranges, bool], Any]


def applied(model: Any, technique: str, ranges: Ranges, *, per_channel: bool) -> Any:
    """The model after a technique; ``ranges`` gives the rows anew, and is asked by those that calibrate."""
    return plain(TECHNIQUES[technique](model, ranges, per_channel))


def _float32(model: Any, _: Ranges, __: bool) -> Any:
    """Nothing is changed."""
    return model


def _float16(model: Any, _: Ranges, __: bool) -> Any:
    """Weights and what is between operations as float16; the CPU's provider turns both back where it has no kernel for them."""
    from onnxruntime.quantization.onnx_model import ONNXModel
    from onnxruntime.transformers.float16 import convert_float_to_float16

    halved = ONNXModel(convert_float_to_float16(model, keep_io_types=True))
    halved.topological_sort()
    return halved.model


def _dynamic_int8(model: Any, _: Ranges, per_channel: bool) -> Any:
    """Weights of convolutions, products, tables and LSTMs in 8 bits; activations are quantised as they come, in 8 bits without sign."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    def quantised(given: Path, made: Path) -> None:
        quantize_dynamic(given, made, per_channel=per_channel, weight_type=QuantType.QInt8)

    return _through_files(model, quantised)


def _int8(model: Any, ranges: Ranges, per_channel: bool) -> Any:
    """Weights and activations in 8 bits, as pairs of operations that quantise and dequantise, by the least and largest numbers of the rows.

    Weights have a sign, activations none, as ONNX Runtime advises for x86 and newer ARM processors. LSTMs stay floats: the
    quantiser has none for them.
    """
    from onnxruntime.quantization import CalibrationMethod, QuantFormat, QuantType, quantize_static

    def quantised(given: Path, made: Path) -> None:
        _set_apart(given)
        quantize_static(
            given, made, _reader(ranges()), quant_format=QuantFormat.QDQ, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8,
            per_channel=per_channel, calibrate_method=CalibrationMethod.MinMax,
        )  # fmt: skip

    return _through_files(model, quantised)


TECHNIQUES: Mapping[str, Apply] = {"float32": _float32, "float16": _float16, "dynamic_int8": _dynamic_int8, "int8": _int8, "qat_int8": _int8}
CALIBRATING = ("int8", "qat_int8")
QUANTISING = ("dynamic_int8", *CALIBRATING)
# Those whose range the quantiser takes for that of what they read.
ACTIVATIONS = ("Relu", "Clip")


def _through_files(model: Any, quantised: Callable[[Path, Path], None]) -> Any:
    """Simplify a model as the quantisers ask for, and quantise it; they read and write files."""
    import onnx
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory(prefix="pocketbench-") as name:
        whole, given, made = Path(name, "whole.onnx"), Path(name, "given.onnx"), Path(name, "made.onnx")
        onnx.save_model(model, whole)  # of a model in memory the tool keeps constants in another file
        quant_pre_process(whole, given, skip_symbolic_shape=True)
        quantised(given, made)
        return onnx.load_model(made)


def _set_apart(path: Path) -> None:
    """Give an output that an activation reads a name of its own, behind an operation that does nothing.

    The quantiser takes an activation's range for that of its input where nothing else reads it, and does not see that the
    input is an output too: of the sum beside its ReLU the numbers below 0 were gone (seen in 1.31.1).
    """
    import onnx

    model = onnx.load_model(path)
    outputs = {each.name for each in model.graph.output}
    read = {name for node in model.graph.node if node.op_type in ACTIVATIONS for name in node.input if name in outputs}
    for node in model.graph.node:
        node.input[:] = [f"{name}_inner" if name in read else name for name in node.input]
        node.output[:] = [f"{name}_inner" if name in read else name for name in node.output]
    model.graph.node.extend(onnx.helper.make_node("Identity", [f"{name}_inner"], [name], name=f"{name}_outer") for name in sorted(read))
    onnx.save_model(model, path)


def _reader(rows: Iterator[dict[str, Any]]) -> Any:
    """The rows as the quantiser takes them."""
    from onnxruntime.quantization import CalibrationDataReader

    class Reader(CalibrationDataReader):  # type: ignore[misc]
        """Rows, one at a time."""

        def get_next(self) -> dict[str, Any] | None:
            """The next row; None after the last."""
            return next(rows, None)

    return Reader()
