"""The format of unconverted models: what is copied, and what is seen inside."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
import pytest

from pocketbench import anatomy, sources
from pocketbench.errors import Refused
from pocketbench.formats import FORMATS, make
from pocketbench.formats.source import Unconverted
from pocketbench.model import Anatomy, Rows, Source, Tensor

if TYPE_CHECKING:
    from conftest import Keep, Kept

FORMAT = Unconverted()
KERNELS = 144 + 2304 + 4608 + 320
ROWS = Rows("", "", 0, 0, 0, labelled=False)

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")


def test_the_format_comes_first_and_has_one_technique() -> None:
    """Tables begin with the model as it was; nothing is done to it."""
    assert FORMATS.names()[0] == "source"
    assert (FORMAT.steps, FORMAT.techniques("keras"), FORMAT.forms) == (("as_is",), ("as_is",), ("",))


def test_only_models_of_a_framework_have_a_route() -> None:
    """A ready-made file is run in its own format."""
    assert [FORMAT.routes(framework) for framework in ("keras", "torch", "tflite")] == [("keras",), ("torch",), ()]


@pytest.mark.parametrize(("technique", "form"), [("float32", ""), ("int8", ""), ("as_is", "old_ops")])
def test_everything_but_as_is_is_refused(technique: str, form: str, tmp_path: Path) -> None:
    """A conversion would be another format's."""
    with pytest.raises(Refused) as caught:
        FORMAT.convert(Source("", "keras", "model.keras", (), (), 0), ROWS, technique, form, tmp_path)
    assert caught.value.reason == "technique-not-for-format"


@pytest.mark.slow
def test_a_keras_file_is_copied_and_its_kernels_are_counted(cnn: "Kept", tmp_path: Path) -> None:
    """The same bytes, the kernels counted by hand, the source's operations, one row in and one row out."""
    source = msgspec.structs.replace(cnn.source, operations={"Conv2D": 3})
    path, seen = _made(source, tmp_path)

    assert path.read_bytes() == Path(cnn.source.path).read_bytes()
    assert (seen.size_bytes, seen.zip_bytes) == (path.stat().st_size, anatomy.zip_bytes((path,)))
    assert (seen.parameters, seen.parameters_by_dtype, seen.parameters_quantized) == (KERNELS, {"float32": KERNELS}, 0)
    assert seen.operations == {"Conv2D": 3}
    assert [(each.name, each.shape) for each in seen.inputs] == [("pixels", (1, 12, 12, 1))]
    assert [each.shape for each in seen.outputs] == [(1, 10)]


@pytest.mark.slow
def test_zeros_and_different_values_are_those_of_the_kernels(keep: "Keep", tmp_path: Path) -> None:
    """A kernel of twelve weights, of which six are zero and the others 1 and 2; its bias of zeros does not count."""
    import keras

    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
    model.layers[0].set_weights([np.array([[0, 1, 2]] * 2 + [[0, 0, 1]] * 2, np.float32), np.zeros(3, np.float32)])
    _, seen = _made(keep(model).source, tmp_path)

    assert (seen.parameters, seen.zeros, seen.unique_values) == (12, 0.5, 3)


@pytest.mark.slow
def test_weights_of_another_dtype_are_counted_as_such(keep: "Keep", tmp_path: Path) -> None:
    """What a user trained in bfloat16 is not told as float32."""
    import keras

    whole = keras.Input((8,))
    halves = keras.layers.Dense(4, dtype="bfloat16", name="halves")(whole)
    model = keras.Model(whole, keras.layers.Dense(2, dtype="float32")(halves))
    _, seen = _made(keep(model).source, tmp_path)

    assert seen.parameters_by_dtype == {"bfloat16": 32, "float32": 8}


@pytest.mark.slow
def test_inputs_given_by_name_stay_in_the_sources_order(keep: "Keep", tmp_path: Path) -> None:
    """A dictionary of a table of integers and an image: names, shapes and dtypes as the model has them."""
    import keras

    words, image = keras.Input((3,), dtype="int32", name="words"), keras.Input((2, 2, 1), name="image")
    tall = keras.layers.Flatten()(keras.layers.Embedding(10, 4)(words))
    model = keras.Model({"words": words, "image": image}, [tall, keras.layers.Flatten()(image)])
    _, seen = _made(keep(model, scales=(1.0, 1.0)).source, tmp_path)

    assert [(each.name, each.shape, each.dtype) for each in seen.inputs] == [("image", (1, 2, 2, 1), "float32"), ("words", (1, 3), "int32")]
    assert [each.shape for each in seen.outputs] == [(1, 12), (1, 4)]
    assert seen.parameters == 40


@pytest.mark.slow
def test_a_saved_model_is_copied_whole_and_sized_over_all_its_files(cnn: "Kept", tmp_path: Path) -> None:
    """The folder with every file in it; the same kernels as the Keras file has."""
    import keras

    given = tmp_path / "given" / "saved_model"
    keras.saving.load_model(cnn.source.path).export(given, verbose=False)
    source = msgspec.structs.replace(cnn.source, path=str(given), outputs=(Tensor("output_0", (-1, 10), "float32"),))
    path, seen = _made(source, tmp_path)

    assert path.name == "saved_model"
    assert [file.read_bytes() for file in anatomy.files(path)] == [file.read_bytes() for file in anatomy.files(given)]
    assert seen.size_bytes == sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    assert (seen.parameters, seen.outputs[0].shape) == (KERNELS, (1, 10))


@pytest.mark.slow
def test_a_frozen_graphs_constants_are_its_weights_and_its_outputs_those_of_one_row(tmp_path: Path) -> None:
    """Without variables, and with an output whose free size is not the batch: six numbers a row."""
    import tensorflow as tf

    module, weights = tf.Module(), np.arange(12, dtype=np.float32).reshape(2, 6)
    module.serve = tf.function(lambda x: {"flat": tf.reshape(x @ tf.constant(weights), [-1])}, input_signature=[tf.TensorSpec((None, 2), name="x")])
    tf.saved_model.save(module, tmp_path / "saved_model", signatures=module.serve)
    source = Source("", "keras", str(tmp_path / "saved_model"), (Tensor("x", (-1, 2), "float32"),), (Tensor("flat", (-1,), "float32"),), 12)
    _, seen = _made(source, tmp_path)

    assert (seen.parameters, seen.unique_values, seen.outputs[0].shape) == (12, 12, (6,))


@pytest.mark.slow
@pytest.mark.parametrize(("branching", "name"), [(False, "model.pt2"), (True, "model.pt")])
def test_of_a_torch_model_the_program_is_copied_or_its_torchscript(branching: bool, name: str, tmp_path: Path) -> None:
    """Kernels are counted without biases; a branch that depends on data cannot be exported."""
    code = "import torch\n\n\nclass Line(torch.nn.Linear):\n    def forward(self, x):\n        y = torch.nn.functional.linear(x, self.weight, self.bias)\n"
    code += "        if y.sum() > 0:\n            y = y + 1\n" if branching else ""
    (tmp_path / "made.py").write_text(code + "        return y\n\n\ndef line():\n    return Line(3, 2), torch.zeros(1, 3)\n")
    (tmp_path / "kept").mkdir()
    opened = sources.open_source(source="python:made:line", base=str(tmp_path), folder=str(tmp_path / "kept"), framework="torch")
    path, seen = _made(msgspec.convert(opened, Source), tmp_path)

    assert path.name == name
    assert (seen.parameters, seen.parameters_by_dtype) == (6, {"float32": 6})
    assert [(each.name, each.shape) for each in (*seen.inputs, *seen.outputs)] == [("x", (1, 3)), ("output_0", (1, 2))]


@pytest.mark.slow
def test_a_file_that_cannot_be_opened_is_refused(cnn: "Kept", tmp_path: Path) -> None:
    """One that was cut short after it was made is a typed refusal that names it."""
    path, _ = _made(cnn.source, tmp_path)
    path.write_bytes(path.read_bytes()[:1000])
    with pytest.raises(Refused, match=r"model\.keras") as caught:
        FORMAT.anatomy(path)
    assert caught.value.reason == "engine-cannot-read"


def _made(source: Source, folder: Path) -> tuple[Path, Anatomy]:
    """Make the artifact as a worker does; its path and what is inside."""
    (folder / "made").mkdir()
    builtins: Any = msgspec.to_builtins
    said = make(format="source", source=builtins(source), rows=builtins(ROWS), technique="as_is", form="", folder=str(folder / "made"))
    return folder / "made" / str(said["path"]), msgspec.convert(said["anatomy"], Anatomy)
