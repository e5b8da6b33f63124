"""Reading TensorFlow Lite files that are whole, cut short or wrong."""

import random
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

import tiny_tflite
from pocketbench import tflite_reader
from pocketbench.errors import Refused
from pocketbench.tflite_anatomy import anatomy_of

LINEAR = tiny_tflite.linear(np.arange(12, dtype=np.float32).reshape(4, 3), np.ones(3, np.float32), free_rows=True)
SPARSE = tiny_tflite.sparse_linear(np.eye(4, 3, dtype=np.float32))
# Numbers that lead far away: negative, largest, one beyond.
FAR = (b"\xff\xff\xff\xff", b"\x00\x00\x00\x80", b"\xff\xff\xff\x7f", b"\x00\x01\x00\x00")


def test_a_whole_file_is_read(tmp_path: Path) -> None:
    """Tensors, operations, inputs and outputs of a linear model come as they were written."""
    graph = tflite_reader.read(_file(tmp_path, LINEAR)).graphs[0]
    assert [tensor.name for tensor in graph.tensors] == ["x", "weights", "bias", "y"]
    assert [(each.name, each.version, each.inputs, each.outputs) for each in graph.operations] == [("FULLY_CONNECTED", 1, (0, 1, 2), (3,))]
    assert (graph.inputs, graph.outputs, graph.tensors[0].shape, graph.tensors[0].signature) == ((0,), (3,), (1, 4), (-1, 4))


def test_constants_are_views_into_the_file(tmp_path: Path) -> None:
    """Weights are not copied when a file is read."""
    file = tflite_reader.read(_file(tmp_path, LINEAR))
    weights = file.buffers[file.graphs[0].tensors[1].buffer]
    assert not weights.flags.owndata
    np.testing.assert_array_equal(weights.view("<f4").reshape(3, 4), np.arange(12).reshape(4, 3).T)


@pytest.mark.parametrize(("name", "shown"), [("FlexErfinv", "FlexErfinv"), ("Mine", "CUSTOM:Mine")])
def test_operations_from_outside_keep_their_own_names(name: str, shown: str, tmp_path: Path) -> None:
    """Operations of TensorFlow are Flex operations as in the file, others are marked as custom."""
    assert [each.name for each in tflite_reader.read(_file(tmp_path, tiny_tflite.custom(name))).graphs[0].operations] == [shown]


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    """However much is missing at the end, the refusal names the file and nothing else is raised."""
    for length in range(len(LINEAR)):
        with pytest.raises(Refused, match=r"model\.tflite") as caught:
            anatomy_of(_file(tmp_path, LINEAR[:length]))
        assert caught.value.reason == "engine-cannot-read"


def test_a_wrong_number_anywhere_does_no_harm(tmp_path: Path) -> None:
    """A file with one number changed is read or refused; no index is followed out of it."""
    for at in range(0, len(LINEAR) - 4, 4):
        for number in (*FAR, random.Random(at).randbytes(4)):  # noqa: S311 - any bytes will do
            _read_or_refused(_file(tmp_path, LINEAR[:at] + number + LINEAR[at + 4 :]))


def test_a_sparse_tensor_is_read_with_its_encoding(tmp_path: Path) -> None:
    """Levels, segments and indices are those it was written with, as views."""
    tensor = tflite_reader.read(_file(tmp_path, SPARSE)).graphs[0].tensors[1]
    assert tensor.encoding
    dense, listed = tensor.encoding.levels
    assert (tensor.encoding.order, tensor.encoding.blocks, dense.size, dense.segments) == ((0, 1), (), 3, None)
    assert (np.asarray(listed.segments).tolist(), np.asarray(listed.indices).tolist()) == ([0, 1, 2, 3], [0, 1, 2])
    assert not np.asarray(listed.indices).flags.owndata


def test_a_wrong_number_in_a_sparse_file_does_no_harm(tmp_path: Path) -> None:
    """It is read or refused, and takes no more memory than it has bytes for, whatever it claims."""
    for at in range(0, len(SPARSE) - 4, 4):
        for number in (*FAR, random.Random(at).randbytes(4)):  # noqa: S311 - any bytes will do
            with suppress(Refused):
                seen = anatomy_of(_file(tmp_path, SPARSE[:at] + number + SPARSE[at + 4 :]))
                assert all(0 <= kernel.zeros <= 1 and kernel.channel_values <= max(kernel.unique_values, 1) for kernel in seen.kernels)


def test_other_files_are_refused(tmp_path: Path) -> None:
    """A zip archive, an empty file and noise are no TensorFlow Lite files."""
    for content in (b"PK\x03\x04" + bytes(100), b"", random.Random(0).randbytes(5000)):  # noqa: S311 - any bytes will do
        with pytest.raises(Refused, match="not a whole TensorFlow Lite file"):
            anatomy_of(_file(tmp_path, content))


def _read_or_refused(path: Path) -> None:
    """Look inside a damaged file; what is read must not claim more weights than the file has bits."""
    with suppress(Refused):
        seen = anatomy_of(path)
        assert seen.parameters <= 8 * seen.size_bytes


def _file(folder: Path, content: bytes) -> Path:
    """Write a new file; one that is still mapped is never written over."""
    path = folder / "model.tflite"
    path.unlink(missing_ok=True)
    path.write_bytes(content)
    return path
