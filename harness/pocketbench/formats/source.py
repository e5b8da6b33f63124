"""``source``: the model as it was trained, in its own framework, beside its converted forms, so that what conversion itself brings can be seen.

Nothing is converted: the artifact is a copy of what the source is kept as. Another framework is one more route and, by the
ending of what its models are kept as, one more way to look into them.
"""

import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from pocketbench import anatomy, cache, toolchains, torch_kept
from pocketbench.anatomy import Weights
from pocketbench.errors import Refused
from pocketbench.formats import FORMATS
from pocketbench.model import SOURCE, Anatomy, Rows, Source, Tensor

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

# Lies beside the artifact: what the source says of itself. Neither file nor folder says how its tensors are ordered.
ABOUT = "source.json"
AS_IS = "as_is"
ROUTES: Mapping[str, tuple[str, ...]] = {"keras": ("keras",), "torch": ("torch",)}
PACKAGES = {"keras": ("tensorflow", "keras"), "torch": ("torch",)}


@dataclass(frozen=True, slots=True)
class Unconverted:
    """The adapter. Artifacts are ``model.keras``, ``model.pt2``, ``model.pt`` or the folder ``saved_model``; one row at a time goes in."""

    name: str = SOURCE
    code: tuple[str, ...] = (
        "pocketbench.anatomy", "pocketbench.kernels", "pocketbench.torch_kept", "pocketbench.torch_model", "pocketbench.torchscript_anatomy",
        "pocketbench.torchscript_reader",
    )  # fmt: skip
    steps: tuple[str, ...] = (AS_IS,)
    forms: tuple[str, ...] = ("",)
    usual_forms: tuple[str, ...] = ("",)

    def techniques(self, framework: str) -> tuple[str, ...]:  # noqa: ARG002
        """Nothing is done to it."""
        return (AS_IS,)

    def toolchain(self, framework: str) -> str:
        """The framework's own."""
        return toolchains.OF_FRAMEWORK.get(framework, "plain")

    def packages(self, framework: str) -> tuple[str, ...]:
        """The framework."""
        return PACKAGES.get(framework, ())

    def routes(self, framework: str) -> tuple[str, ...]:
        """Models that a framework trained; a ready-made file is run in its own format."""
        return ROUTES.get(framework, ())

    def convert(self, source: Source, rows: Rows, technique: str, form: str, folder: Path) -> Path:  # noqa: ARG002
        """Copy what the source is kept as. Raises Refused (technique-not-for-format) for all but ``as_is``."""
        if form or technique != AS_IS:
            raise Refused("technique-not-for-format", f"{self.name} is the model as it came; it has no {f'form {form!r}' if form else technique}")
        kept = _runnable(source)
        path = folder / (kept.name if kept.parent.name != torch_kept.FOLDER else f"model{kept.suffix}")
        if kept.is_dir():
            shutil.copytree(kept, path)
        else:
            shutil.copyfile(kept, path)
        cache.keep(folder / ABOUT, msgspec.structs.replace(source, path=path.name))
        return path

    def anatomy(self, path: Path) -> Anatomy:
        """Count the weights that are stored, and run one row of zeros to see what comes out. Raises Refused (engine-cannot-read)."""
        about = cache.kept(path.parent / ABOUT, Source)
        try:
            inside = INSIDE[path.suffix](path, about)
        except Exception as error:  # frameworks raise nearly anything for what they cannot read
            first = str(error).strip().partition("\n")[0]
            raise Refused("engine-cannot-read", f"{path.name}: {type(error).__name__}: {first}"[:300]) from error
        found, files = inside.weights, anatomy.files(path)
        return Anatomy(
            size_bytes=anatomy.size_bytes(files), zip_bytes=anatomy.zip_bytes(files), parameters=found.elements,
            parameters_quantized=found.quantized, parameters_by_dtype=dict(found.by_dtype), zeros=found.zeros, unique_values=found.unique,
            operations=about.operations, inputs=tuple(map(_one_row, about.inputs)), stateful=about.stateful,
            outputs=tuple(msgspec.structs.replace(each, shape=shape) for each, shape in zip(about.outputs, inside.outputs, strict=True)),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Inside:
    """A model looked into: its weights added up, and the shapes of its outputs for one row, in the source's order."""

    weights: Weights
    outputs: tuple[tuple[int, ...], ...]


def _keras_file(path: Path, about: Source) -> Inside:
    """A whole Keras model."""
    import keras

    keras.utils.clear_session()
    model = keras.saving.load_model(path, compile=False, safe_mode=True)
    structure = (getattr(model, "_functional", None) or model).input  # a Sequential model's own input says nothing of its structure
    answers = model(keras.tree.pack_sequence_as(structure, list(_zeros(about).values())), training=False)
    return Inside(_tallied(_kernels(model.weights)), tuple(tuple(each.shape) for each in keras.tree.flatten(answers)))


def _saved_model(path: Path, about: Source) -> Inside:
    """A TensorFlow graph behind its default signature. Weights are variables or, in a frozen graph, constants."""
    import tensorflow as tf

    loaded = tf.saved_model.load(str(path))  # a signature does not keep its variables alive by itself
    serve = loaded.signatures["serving_default"]
    answers = serve(**{name: tf.constant(row) for name, row in _zeros(about).items()})
    weights = _kernels(serve.variables) if serve.variables else _constants(serve.graph)
    return Inside(_tallied(weights), tuple(tuple(answers[each.name].shape) for each in about.outputs))


def _program(path: Path, about: Source) -> Inside:
    """An exported program of torch."""
    import torch

    with torch_kept.tensors_only(), torch_kept.deprecations_unheard():
        program = torch.export.load(path)
    named = [(name.replace(".", "/"), each) for name, each in program.named_parameters()]
    return Inside(_tallied(each.detach().numpy() for name, each in named if anatomy.is_weight(name, each.dim())), _shapes(program.module(), about))


def _script(path: Path, about: Source) -> Inside:
    """A TorchScript file, with the weights that are packed for integer kernels too."""
    from pocketbench import torchscript_anatomy, torchscript_reader

    script = torchscript_reader.load(path)
    return Inside(torchscript_anatomy.weights_of(list(torchscript_reader.operations(script)), script), _shapes(script, about))


def _shapes(call: Callable[..., Any], about: Source) -> tuple[tuple[int, ...], ...]:
    """The shapes of what a torch model gives for one row."""
    import torch

    from pocketbench import torch_model

    with torch.no_grad():
        return tuple(tuple(each.shape) for each in torch_model.flat(call(*torch_kept.example(about.inputs))))


def _tallied(weights: Iterable["Array"]) -> Weights:
    """Add weight tensors up, one after another."""
    found = Weights()
    for values in weights:
        found.add(values, values.dtype.name)
    return found


INSIDE: Mapping[str, Callable[[Path, Source], Inside]] = {".keras": _keras_file, "": _saved_model, ".pt2": _program, ".pt": _script}


def _runnable(source: Source) -> Path:
    """What of a kept source runs by itself: of a torch model its program, else its TorchScript."""
    kept = Path(source.path)
    if not torch_kept.is_kept(source):
        return kept
    return next(file for file in (kept / torch_kept.PROGRAM, kept / torch_kept.SCRIPT) if file.exists())


def _kernels(variables: Iterable[Any]) -> Iterator["Array"]:
    """The variables that are kernels or tables, one after another."""
    import numpy as np

    return (np.asarray(variable) for variable in variables if anatomy.is_weight(variable.name, len(variable.shape)))


def _constants(graph: Any) -> Iterator["Array"]:
    """A frozen graph's weights: floating-point constants of two dimensions or more."""
    import tensorflow as tf

    definition = graph.as_graph_def()
    for node in (*definition.node, *(node for function in definition.library.function for node in function.node_def)):
        tensor = node.attr["value"].tensor
        if node.op == "Const" and len(tensor.tensor_shape.dim) > 1 and tf.dtypes.as_dtype(tensor.dtype).is_floating:
            yield tf.make_ndarray(tensor)


def _zeros(about: Source) -> dict[str, "Array"]:
    """One row of zeros, by the names of the inputs and in their order."""
    import numpy as np

    return {each.name: np.zeros(_one_row(each).shape, each.dtype) for each in about.inputs}


def _one_row(tensor: Tensor) -> Tensor:
    """An input that takes one row: its batch, the one size that may be free, is 1."""
    return msgspec.structs.replace(tensor, shape=tuple(1 if size < 0 else size for size in tensor.shape))


FORMATS.add(Unconverted())
