"""From a plain program to the bytes of a ``.pte``: floats halved, or ranges measured and integers put in, then lowered to a back end."""

import copy
import importlib.util
import os
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pocketbench.errors import Refused
from pocketbench.formats.executorch_graph import plain, tidied, with_views
from pocketbench.formats.executorch_nodes import constant, named
from pocketbench.formats.executorch_settled import settled

FLOAT32, FLOAT16, DYNAMIC_INT8, INT8, QAT_INT8 = "float32", "float16", "dynamic_int8", "int8", "qat_int8"
# How torch pads with a constant.
PADDING = ("aten::pad", "aten::constant_pad_nd")
TECHNIQUES = (FLOAT32, FLOAT16, DYNAMIC_INT8, INT8, QAT_INT8)
CALIBRATING = (INT8, QAT_INT8)
XNNPACK, PORTABLE, VULKAN, COREML = "", "portable", "vulkan", "coreml"
FORMS = (XNNPACK, PORTABLE, VULKAN, COREML)
_QUANTIZED = "quantized_decomposed::"


@contextmanager
def unheard() -> Iterator[None]:
    """Let torch, torchao and ExecuTorch say nothing of what they call deprecated in each other, and let ExecuTorch find the schema compiler that it brings."""
    found = importlib.util.find_spec("executorch")
    for folder in found.submodule_search_locations or () if found else ():
        os.environ.setdefault("FLATC_EXECUTABLE", str(Path(folder, "data", "bin", "flatc")))
    with warnings.catch_warnings():
        for category in (DeprecationWarning, FutureWarning, UserWarning):
            warnings.simplefilter("ignore", category)
        yield


def lowered(program: Any, example: tuple[Any, ...], technique: str, form: str, rows: Iterable[tuple[Any, ...]]) -> bytes:
    """The bytes of the ``.pte`` that an exported program becomes. Floating-point inputs and outputs are float32 whatever the technique.

    ``example`` is one row; ``rows`` shows the ranges of activations where the technique calibrates. The program may be changed.
    """
    with unheard():
        module = plain(program)
        if technique == FLOAT16 and form not in (VULKAN, COREML):
            module = _halved(module)
        elif technique in (DYNAMIC_INT8, *CALIBRATING):
            module = _quantized(module, example, technique, rows if technique in CALIBRATING else (example,))
            if form == XNNPACK:
                _check_pools(module)
        return _compiled(module, example, technique, form)


def _halved(module: Any) -> Any:
    """A copy of the module in float16 inside, with float32 outside: inputs are rounded, outputs widened."""
    import torch

    module = copy.deepcopy(module)  # a program shares its weights with whatever it was exported from
    for node in module.graph.nodes:
        node.args = torch.fx.node.map_aggregate(node.args, _half)
        node.kwargs = torch.fx.node.map_aggregate(node.kwargs, _half)
        value = constant(module, node)
        if value is not None and value.dtype == torch.float32:  # also what is neither a parameter nor a buffer, which module.half() passes over
            _set(module, node.target, value.half())
    tidied(module)

    class Edges(torch.nn.Module):  # type: ignore[misc]
        """Casts what goes in and out."""

        def __init__(self) -> None:
            super().__init__()
            self.inner = module

        def forward(self, *row: Any) -> Any:
            """Run one row."""
            given = [each.half() if each.dtype == torch.float32 else each for each in row]
            gives = torch.utils._pytree.tree_leaves(self.inner(*given))  # noqa: SLF001 - torch has no public one
            return tuple(each.float() if each.dtype == torch.float16 else each for each in gives)

    return Edges()


def _set(module: Any, name: str, value: Any) -> None:
    """Put a constant in the place of another."""
    import torch

    path, _, own = name.rpartition(".")
    holder = module.get_submodule(path)
    setattr(holder, own, torch.nn.Parameter(value, requires_grad=False) if isinstance(getattr(holder, own), torch.nn.Parameter) else value)


def _half(value: Any) -> Any:
    """float16 where an operation names float32."""
    import torch

    return torch.float16 if value is torch.float32 else value


def _quantized(module: Any, example: tuple[Any, ...], technique: str, rows: Iterable[tuple[Any, ...]]) -> Any:
    """The module with quantised weights, by channel; activations are quantised by what the rows show, or each time anew."""
    import torch
    from executorch.backends.xnnpack.quantizer.xnnpack_quantizer import XNNPACKQuantizer, get_symmetric_quantization_config
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e

    settings = get_symmetric_quantization_config(is_per_channel=True, is_dynamic=technique == DYNAMIC_INT8)
    with torch.no_grad():
        # Exported again, so that every operation has its shapes: one without is not observed, and then not quantised.
        whole = torch.export.export(module, example, strict=False).module(check_guards=False)
        with_views(whole.graph)
        whole.recompile()
        chosen = XNNPACKQuantizer().set_global(settings)
        if technique == DYNAMIC_INT8:
            chosen.set_filter_function(_unpadded)
        prepared = prepare_pt2e(whole, chosen)
        for row in rows:  # one at least: weights are looked at only when it runs
            prepared(*row)
    return convert_pt2e(prepared)


def _unpadded(node: Any) -> bool:
    """Whether nothing is padded just before an operation: behind that, XNNPACK computes a dynamically quantised convolution wrongly, or not at all.

    Seen with ExecuTorch 1.3.1: a relative error of 1.5 of EfficientNet-Lite0, error 0x10 of a single convolution.
    """
    return not any(named(given) in PADDING for given in node.all_input_nodes)


def _compiled(module: Any, example: tuple[Any, ...], technique: str, form: str) -> bytes:
    """Export the module again and lower it; what the back end does not take stays with ExecuTorch's own kernels."""
    import torch
    from executorch.exir import ExecutorchBackendConfig, to_edge_transform_and_lower
    from executorch.exir.passes import MemoryPlanningPass

    # The operations of quantize and dequantize where no back end takes them; their library does not load without the runtime's.
    importlib.import_module("executorch.extension.pybindings.portable_lib")
    importlib.import_module("executorch.kernels.quantized")
    with torch.no_grad():
        program = torch.export.export(module, example, strict=False)
        edge = to_edge_transform_and_lower(program, partitioner=_partitioners(technique, form))
        # Inputs are read where the caller has them: in the program's own memory a run would overwrite them.
        planning = MemoryPlanningPass(alloc_graph_input=False)
        made = bytes(edge.to_executorch(ExecutorchBackendConfig(memory_planning_pass=planning)).buffer)
        return settled(made) if form == COREML else made


def _partitioners(technique: str, form: str) -> list[Any]:
    """What chooses the operations that a back end takes; none for the portable form."""
    if form == XNNPACK:
        from executorch.backends.xnnpack.partition.xnnpack_partitioner import XnnpackPartitioner

        return [XnnpackPartitioner()]
    if form == VULKAN:
        from executorch.backends.vulkan.partitioner.vulkan_partitioner import VulkanPartitioner

        return [VulkanPartitioner({"force_fp16": technique == FLOAT16})]
    return [_coreml(technique)] if form == COREML else []


def _check_pools(module: Any) -> None:
    """Raise Refused for average pooling between integers: XNNPACK's partitioner takes it, and its runtime then does not load the file."""
    for node in module.graph.nodes:
        between = named(node) == "aten::avg_pool2d" and named(node.args[0]) == f"{_QUANTIZED}dequantize_per_tensor"
        if between and any(named(user) == f"{_QUANTIZED}quantize_per_tensor" for user in node.users):
            raise Refused(
                "unsupported-operation",
                'XNNPACK has no average pooling of integers: "Failed to create average pooling node … xnn_status_invalid_parameter"',
                hint="pool over the whole picture, choose another technique, or the form portable",
            )


def _coreml(technique: str) -> Any:
    """CoreML's, which computes in float16 unless it is told not to."""
    import coremltools
    from executorch.backends.apple.coreml.compiler import CoreMLBackend
    from executorch.backends.apple.coreml.partition import CoreMLPartitioner

    precision = coremltools.precision.FLOAT16 if technique == FLOAT16 else coremltools.precision.FLOAT32
    return CoreMLPartitioner(compile_specs=CoreMLBackend.generate_compile_specs(compute_precision=precision))
