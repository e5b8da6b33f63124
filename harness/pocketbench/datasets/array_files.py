"""``.npz`` and ``.npy`` files: arrays as NumPy writes them. Pickled objects in them are never loaded."""

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench import cache, paths
from pocketbench.datasets import DATASETS
from pocketbench.datasets.zoo import Whole
from pocketbench.errors import DataError
from pocketbench.model import Source
from pocketbench.suite import Data

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Npz:
    """Several arrays in one file: x (or x0, x1, …, or the inputs' names) and, for labels, y."""

    name: str = ".npz file"
    looks_like: str = "an .npz file with arrays x and y"

    def reads(self, source: str, base: Path) -> bool:  # noqa: ARG002
        """Whether the source ends in ``.npz``."""
        return source.lower().endswith(".npz")

    def identity(self, data: Data, base: Path) -> str:
        """Hash its bytes."""
        return cache.sha256_of(_there(data, base))

    def open(self, data: Data, base: Path, model: Source) -> Whole:
        """Find an array for each input, and the labels."""
        path = _there(data, base)
        arrays = _arrays(path)
        names = [tensor.name.removeprefix("serving_default_").partition(":")[0] for tensor in model.inputs]
        numbered = ["x"] if len(names) == 1 and "x" in arrays else [f"x{number}" for number in range(len(names))]
        found = next((wanted for wanted in (names, numbered) if set(wanted) <= set(arrays)), None)
        if found is None:
            wanted = "x" if len(names) == 1 else ", ".join(numbered)
            raise DataError(f"{path} holds arrays {', '.join(arrays) or 'none'}; wanted {wanted} (or {', '.join(names)}), and y for labels")
        return _whole([arrays[name] for name in found], arrays.get("y"), path)


@dataclass(frozen=True, slots=True)
class Npy:
    """One array: the rows of a model's only input, without labels."""

    name: str = ".npy file"
    looks_like: str = "an .npy file"

    def reads(self, source: str, base: Path) -> bool:  # noqa: ARG002
        """Whether the source ends in ``.npy``."""
        return source.lower().endswith(".npy")

    def identity(self, data: Data, base: Path) -> str:
        """Hash its bytes."""
        return cache.sha256_of(_there(data, base))

    def open(self, data: Data, base: Path, model: Source) -> Whole:
        """Map the file; rows are read as they are wanted."""
        path = _there(data, base)
        if len(model.inputs) != 1:
            raise DataError(f"{path} holds one array, the model has {len(model.inputs)} inputs", hint="an .npz file holds x0, x1, …")
        return _whole([_array(path)], None, path)


def _there(data: Data, base: Path) -> Path:
    """The file's path. Raises DataError when it is not there or cannot be read."""
    path = paths.path_of(data.source, base, DataError)
    if not path.is_file():
        raise DataError(f"data.source {path}: there is no such file", hint=paths.neighbour(path))
    paths.check_readable(path, DataError)
    return path


def _arrays(path: Path) -> "dict[str, Array]":
    """Read all arrays of an ``.npz`` file. Raises DataError."""
    import numpy as np

    try:
        with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (ValueError, OSError, EOFError, KeyError, AttributeError, TypeError, zipfile.BadZipFile) as error:
        raise _not_arrays(path, error) from error


def _array(path: Path) -> "Array":
    """Map the array of an ``.npy`` file. Raises DataError."""
    import numpy as np

    try:
        with path.open("rb") as file:
            np.lib.format.read_magic(file)
        return np.load(path, mmap_mode="r", allow_pickle=False)  # type: ignore[no-any-return]
    except (ValueError, OSError, EOFError) as error:
        if "empty file" in str(error) and path.stat().st_size > 0:
            return np.load(path, allow_pickle=False)  # type: ignore[no-any-return]
        raise _not_arrays(path, error) from error


def _not_arrays(path: Path, error: Exception) -> DataError:
    """Say that a file does not hold arrays of numbers."""
    first = str(error).partition("\n")[0]
    return DataError(f"{path} cannot be read as NumPy arrays: {first}", hint="np.savez('rows.npz', x=x, y=y) writes one; objects are never unpickled")


def _whole(arrays: "list[Array]", labels: "Array | None", path: Path) -> Whole:
    """See that all arrays have the same number of rows. Raises DataError."""
    given = [*arrays, *([] if labels is None else [labels])]
    if any(array.ndim == 0 for array in given):
        raise DataError(f"{path} holds a single number where rows are wanted")
    if len({len(array) for array in arrays}) > 1:
        raise DataError(f"{path}: arrays of {', '.join(str(len(array)) for array in arrays)} rows; every input must have the same number")
    return Whole(arrays, labels)


DATASETS.add(Npz())
DATASETS.add(Npy())
