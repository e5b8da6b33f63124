"""Data sets opened for models: arrays, images, zoo and random rows, and what is wrong with them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest
from PIL import Image

from pocketbench import datasets
from pocketbench.errors import DataError
from pocketbench.model import Rows, Source, Tensor
from pocketbench.zoo.order import fixed_order

Array = np.ndarray[Any, Any]

PAIR = (Tensor("x", (-1, 2), "float32"),)
THREE = (Tensor("output_0", (-1, 3), "float32"),)


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """The folder that parts are written into."""
    folder = tmp_path / "kept"
    folder.mkdir()
    return folder


def opened(
    kept: Path, data: dict[str, Any], *, inputs: Sequence[Tensor] = PAIR, outputs: Sequence[Tensor] = THREE, train: int = 0, trained_on: str = ""
) -> Rows:
    """Open data of the folder beside ``kept`` for a model of these inputs and outputs, as a worker does."""
    model = Source("k", "keras", "", tuple(inputs), tuple(outputs), 0, trained_on=trained_on)
    said = datasets.open_rows(data=data, base=str(kept.parent), train_rows=train, source=msgspec.to_builtins(model), folder=str(kept))
    return msgspec.convert(said, Rows)


def read(kept: Path, name: str) -> Array:
    """Read one of the arrays written."""
    return np.load(kept / f"{name}.npy", allow_pickle=False)  # type: ignore[no-any-return]


def saved(kept: Path, **arrays: Array) -> str:
    """Write rows.npz beside ``kept``."""
    np.savez(kept.parent / "rows.npz", **arrays)
    return "rows.npz"


def test_zoo_rows_come_in_the_fixed_order_with_their_labels(kept: Path) -> None:
    """Images and labels of the same row stay together in every part."""
    pixels, classes = (Tensor("pixels", (-1, 8, 8, 1), "float32"),), (Tensor("y", (-1, 10), "float32"),)
    rows = opened(kept, {"source": "zoo:digits", "calibration": 20, "scoring": 30, "score": "accuracy"}, inputs=pixels, outputs=classes, train=40)
    assert (rows.scoring, rows.calibration, rows.training, rows.labelled, rows.random) == (30, 20, 40, True, False)
    assert rows.classes == tuple("0123456789")
    from pocketbench import zoo

    whole, order = zoo.DATA.get("digits").load(), fixed_order(1797)
    for part, chosen in {"scoring": order[:30], "calibration": order[30:50], "training": order[-40:]}.items():
        assert np.array_equal(read(kept, f"{part}-x0"), whole.x[chosen])
        assert np.array_equal(read(kept, f"{part}-y"), whole.y[chosen])


def test_an_npz_file_gives_inputs_and_labels(kept: Path) -> None:
    """Arrays x and y; doubles become float32, labels int64; many rows are written piece by piece."""
    x = np.arange(400.0).reshape(200, 2)
    rows = opened(kept, {"source": saved(kept, x=x, y=np.arange(200) % 3), "scoring": 150, "calibration": 50, "score": "accuracy"})
    order = fixed_order(200)
    assert read(kept, "scoring-x0").dtype == np.float32
    assert np.array_equal(read(kept, "scoring-x0"), x[order[:150]])
    assert np.array_equal(read(kept, "scoring-y"), order[:150] % 3)
    assert (rows.labelled, rows.training, (kept / "training-x0.npy").exists()) == (True, 0, False)


@pytest.mark.parametrize("names", [("x0", "x1"), ("left", "right")])
def test_several_inputs_are_found_by_number_or_by_name(kept: Path, names: tuple[str, str]) -> None:
    """Also when the model is a file whose names have TensorFlow's decorations."""
    inputs = (Tensor("serving_default_left:0", (-1, 2), "float32"), Tensor("serving_default_right:0", (-1, 1), "float32"))
    arrays = dict(zip(names, (np.ones((4, 2)), np.full((4, 1), 7)), strict=True))
    opened(kept, {"source": saved(kept, **arrays), "scoring": 4, "calibration": 0}, inputs=inputs)
    assert read(kept, "scoring-x0").tolist() == [[1, 1]] * 4
    assert read(kept, "scoring-x1").tolist() == [[7]] * 4


def test_an_npy_file_has_rows_without_labels(kept: Path) -> None:
    """It is mapped, and holds the only input."""
    np.save(kept.parent / "rows.npy", np.ones((6, 2), np.float32))
    rows = opened(kept, {"source": "rows.npy"})
    assert (rows.labelled, rows.scoring, rows.calibration, rows.random) == (False, 5, 1, False)


def test_without_data_rows_are_random_and_always_the_same(kept: Path) -> None:
    """Real numbers from 0 to 1, small integers, and for quantised inputs all that they can hold."""
    inputs = (Tensor("a", (-1, 50), "float32"), Tensor("b", (1, 50), "int32"), Tensor("c", (1, 50), "uint8", 2.0, 10))
    rows = opened(kept, {"source": ""}, inputs=inputs)
    assert (rows.random, rows.labelled, rows.scoring, rows.calibration) == (True, False, 20, 20)
    a, b, c = (read(kept, f"scoring-x{index}") for index in range(3))
    assert (a.dtype, b.dtype, c.dtype) == (np.float32, np.int32, np.float32)
    assert 0 <= a.min() < 0.1 < 0.9 < a.max() <= 1
    assert set(b.ravel()) == set(range(10))
    assert -20 <= c.min() < 0 < 400 < c.max() <= 490
    assert not np.array_equal(a[0], a[1])
    opened(kept, {"source": ""}, inputs=inputs)
    assert np.array_equal(read(kept, "scoring-x0"), a)


def test_rows_for_an_integer_input_keep_its_type(kept: Path) -> None:
    """Tokens stay integers, also when the file has them as floats."""
    opened(kept, {"source": saved(kept, x=np.array([[1.0, 2.0]] * 3)), "scoring": 3, "calibration": 0}, inputs=(Tensor("t", (-1, 2), "int32"),))
    assert read(kept, "scoring-x0").dtype == np.int32


@pytest.mark.parametrize(
    ("arrays", "data", "told"),
    [
        ({"x": np.ones((6, 3))}, {}, r"rows have shape \(3,\), input 'x' takes \(2,\)"),
        ({"x": np.ones((6, 2)), "y": np.zeros(5, int)}, {}, "5 labels for 6 rows"),
        ({"x": np.ones((6, 2)), "y": np.arange(6)}, {"score": "accuracy"}, "labels go from 0 to 5, the model's 3 classes from 0 to 2"),
        ({"x": np.ones((6, 2)), "y": np.arange(6) - 1}, {"score": "top5"}, "labels go from -1 to 4"),
        ({"x": np.ones((6, 2)), "y": np.full(6, 0.5)}, {"score": "accuracy"}, "labels such as 0.5 are no class numbers"),
        ({"x": np.ones((6, 2)), "y": np.eye(6)[:, :3]}, {"score": "accuracy"}, r"labels have shape \(6, 3\)"),
        ({"x": np.ones((6, 2)), "y": np.array(list("abcabc"))}, {"score": "accuracy"}, "labels are of type <U1, not numbers"),
        ({"x": np.ones((6, 2)), "y": np.zeros(6)}, {"score": "rmse"}, "1 targets a row, output 'output_0' of shape .* gives 3 numbers"),
        ({"x": np.ones((6, 2)), "y": np.array([1, np.nan, 1, 1, 1, 1])}, {}, "1 labels are NaN"),
        ({"x": np.ones((6, 2))}, {"score": "accuracy"}, "data.score is 'accuracy', and rows.npz has no labels"),
        ({"x": np.array([[1, 2], [np.nan, 1]])}, {"scoring": 2, "calibration": 0}, "row 1 for input 'x' holds NaN"),
        ({"x": np.ones((0, 2))}, {}, "rows.npz is empty"),
        ({"x": np.array([["a", "b"]] * 6)}, {}, "gets values of type <U1, not numbers"),
        ({"x": np.float64(3)}, {}, "a single number"),
        ({"images": np.ones((6, 2))}, {}, "holds arrays images; wanted x"),
    ],
)
def test_rows_that_do_not_suit_the_model_are_refused(kept: Path, arrays: dict[str, Any], data: dict[str, Any], told: str) -> None:
    """Each message names the data and the numbers."""
    with pytest.raises(DataError, match=told):
        opened(kept, {"source": saved(kept, **arrays), **data})


def test_a_wrong_shape_of_the_right_size_says_what_to_type(kept: Path) -> None:
    """Images without their channel are the usual case."""
    with pytest.raises(DataError) as raised:
        opened(kept, {"source": saved(kept, x=np.ones((6, 4, 4)))}, inputs=(Tensor("x", (-1, 4, 4, 1), "float32"),))
    assert raised.value.hint == "x.reshape((-1, 4, 4, 1))"


def test_integers_out_of_an_inputs_range_are_refused(kept: Path) -> None:
    """300 does not fit into uint8, nor does one half."""
    for value in (300, 0.5):
        with pytest.raises(DataError, match="takes uint8 from 0 to 255"):
            opened(kept, {"source": saved(kept, x=np.full((6, 2), value))}, inputs=(Tensor("x", (-1, 2), "uint8"),))


@pytest.mark.parametrize("name", ["rows.npz", "rows.npy"])
def test_files_that_are_no_arrays_are_refused(kept: Path, name: str) -> None:
    """A text under NumPy's ending, and pickled objects, which are never loaded."""
    path = kept.parent / name
    path.write_text("not an array")
    with pytest.raises(DataError, match="cannot be read as NumPy arrays"):
        opened(kept, {"source": name})
    objects = np.array([{}, {}], dtype=object)
    np.save(path, objects) if name.endswith("npy") else np.savez(path, x=objects)
    with pytest.raises(DataError, match="cannot be read as NumPy arrays"):
        opened(kept, {"source": name})


def test_a_file_that_was_cut_short_is_refused(kept: Path) -> None:
    """Half of an archive, half of an array."""
    saved(kept, x=np.ones((60, 2)))
    np.save(kept.parent / "rows.npy", np.ones((60, 2)))
    for name in ("rows.npz", "rows.npy"):
        path = kept.parent / name
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(DataError, match="cannot be read as NumPy arrays"):
            opened(kept, {"source": name})


@pytest.mark.parametrize(
    ("source", "told", "hint"),
    [
        ("zoo:digit", "no zoo data set named 'digit'", "did you mean 'zoo:digits'?"),
        ("digits", "'digits' is no data set", "did you mean 'zoo:digits'?"),
        ("rows.nzp", "'rows.nzp' is no data set", "did you mean 'rows.npz'?"),
        ("other.npz", "there is no such file", ""),
        ("row.npz", "there is no such file", "did you mean 'rows.npz'?"),
        ("~nosuch/x.npz", "'~nosuch/x.npz' cannot be read", ""),
        ("x" * 300 + ".npy", "cannot be read: File name too long", ""),
        ("x" * 300, "cannot be read: File name too long", ""),
        ("a\0b.npz", "null", ""),
    ],
)
def test_data_that_is_not_there_names_the_nearest(kept: Path, source: str, told: str, hint: str) -> None:
    """Found out before anything is opened."""
    saved(kept, x=np.ones((6, 2)))
    with pytest.raises(DataError, match=told) as raised:
        datasets.identity({"source": source}, kept.parent)
    assert raised.value.hint == hint


def test_a_data_sets_identity_changes_with_its_bytes(kept: Path) -> None:
    """The same rows are found again; other rows are not."""
    data = {"source": saved(kept, x=np.ones((6, 2)))}
    first = datasets.identity(data, kept.parent)
    assert datasets.identity(data, kept.parent) == first
    saved(kept, x=np.zeros((6, 2)))
    assert datasets.identity(data, kept.parent) != first


def pictures(folder: Path, labels: Sequence[str] = ("cat", "dog")) -> None:
    """Six images a label: red for the first, blue for the second, in two formats."""
    for number, label in enumerate(labels):
        (folder / "images" / label).mkdir(parents=True)
        for index in range(6):
            colour = (255, 0, 0) if number == 0 else (0, 0, 255)
            Image.new("RGB", (20, 10), colour).save(folder / "images" / label / f"{index}.{'png' if index % 2 else 'bmp'}")


IMAGE = (Tensor("image", (-1, 4, 6, 3), "float32"),)
TWO = (Tensor("y", (-1, 2), "float32"),)


@pytest.mark.parametrize(("scale", "low", "high"), [("0..1", 0, 1), ("-1..1", -1, 1), ("0..255", 0, 255)])
def test_images_are_resized_scaled_and_labelled_by_their_folder(kept: Path, scale: str, low: float, high: float) -> None:
    """Red images are cats, blue ones dogs, at the model's size."""
    pictures(kept.parent)
    rows = opened(kept, {"source": "images", "score": "accuracy", "scale": scale}, inputs=IMAGE, outputs=TWO)
    x, y = read(kept, "scoring-x0"), read(kept, "scoring-y")
    assert (x.shape, x.dtype, rows.classes) == ((9, 4, 6, 3), np.float32, ("cat", "dog"))
    assert np.allclose(x[y == 0], [high, low, low])
    assert np.allclose(x[y == 1], [low, low, high])


def test_images_become_grey_where_the_model_takes_one_channel(kept: Path) -> None:
    """ITU-R 601-2 luma, as Pillow converts: red is 76."""
    pictures(kept.parent)
    opened(kept, {"source": "images", "scale": "0..255"}, inputs=(Tensor("image", (-1, 4, 6, 1), "uint8"),), outputs=TWO)
    x, y = read(kept, "scoring-x0"), read(kept, "scoring-y")
    assert (x.dtype, set(x[y == 0].ravel())) == (np.uint8, {76})


def test_a_file_of_labels_gives_the_models_order(kept: Path) -> None:
    """Labels without images may be among them."""
    pictures(kept.parent)
    (kept.parent / "labels.txt").write_text("dog\nbird\ncat\n")
    data = {"source": "images", "labels": "labels.txt", "score": "accuracy"}
    rows = opened(kept, data, inputs=IMAGE, outputs=THREE)
    x, y = read(kept, "scoring-x0"), read(kept, "scoring-y")
    assert rows.classes == ("dog", "bird", "cat")
    assert set(y[x[:, 0, 0, 0] == 1]) == {2}


@pytest.mark.parametrize(
    ("data", "inputs", "outputs", "told"),
    [
        ({"scale": "0-1"}, IMAGE, TWO, "data.scale '0-1' is not known; known: 0..1, -1..1, 0..255"),
        ({"score": "accuracy"}, IMAGE, THREE, "images has 2 classes, the model 3"),
        ({"labels": "labels.txt"}, IMAGE, TWO, "has no label 'cat'"),
        ({"labels": "other.txt"}, IMAGE, TWO, "data.labels 'other.txt': there is no such file"),
        ({"labels": "x" * 300}, IMAGE, TWO, "cannot be read: File name too long"),
        ({}, PAIR, TWO, r"images holds images; the model takes \(-1, 2\)"),
        ({}, (Tensor("image", (-1, 4, 6, 3), "int32"),), TWO, None),
    ],
)
def test_images_that_do_not_suit_are_refused(kept: Path, data: dict[str, Any], inputs: Any, outputs: Any, told: str | None) -> None:
    """Each message names what does not fit; whole numbers for an integer input do."""
    pictures(kept.parent)
    (kept.parent / "labels.txt").write_text("dog\n")
    if told is None:
        assert opened(kept, {"source": "images", **data}, inputs=inputs, outputs=outputs).scoring == 9
        return
    with pytest.raises(DataError, match=told):
        opened(kept, {"source": "images", **data}, inputs=inputs, outputs=outputs)


def test_a_file_that_is_no_image_is_named(kept: Path) -> None:
    """One bad file among many is found by its name."""
    pictures(kept.parent)
    (kept.parent / "images" / "cat" / "7.png").write_text("not an image")
    with pytest.raises(DataError, match=r"7\.png cannot be read as an image"):
        opened(kept, {"source": "images", "scoring": 13, "calibration": 0}, inputs=IMAGE, outputs=TWO)


def test_a_folder_without_images_is_empty(kept: Path) -> None:
    """Images that are not in a label's folder are told where to go."""
    (kept.parent / "images").mkdir()
    Image.new("L", (2, 2)).save(kept.parent / "images" / "a.png")
    with pytest.raises(DataError, match="is empty") as raised:
        opened(kept, {"source": "images"}, inputs=IMAGE, outputs=TWO)
    assert "move them into folders named by label" in raised.value.hint
