"""A folder of images, one folder a label: ``images/LABEL/NAME.png``."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench import cache, paths
from pocketbench.datasets import DATASETS
from pocketbench.errors import DataError
from pocketbench.model import Source, Tensor
from pocketbench.registry import nearest
from pocketbench.suite import Data

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]

ENDINGS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".ppm", ".pgm", ".tif", ".tiff")
# What a pixel of 0 and of 255 becomes.
SCALES = {"0..1": (0.0, 1.0), "-1..1": (-1.0, 1.0), "0..255": (0.0, 255.0)}
MODES = {1: "L", 3: "RGB", 4: "RGBA"}


@dataclass(frozen=True, slots=True)
class ImageTable:
    """Image files and their labels; each is read when it is wanted."""

    files: tuple[Path, ...]
    labels: "Array"
    classes: tuple[str, ...]
    size: tuple[int, int]
    mode: str
    scale: tuple[float, float]
    random: bool = False

    @property
    def rows(self) -> int:
        """How many images there are."""
        return len(self.files)

    def inputs(self, rows: "Array") -> "list[Array]":
        """Read, resize and scale the images asked for: float32 of shape (rows, height, width, channels)."""
        import numpy as np

        low, high = self.scale
        pixels = np.stack([self._pixels(self.files[row]) for row in rows]).astype(np.float32)
        return [pixels / np.float32(255) * np.float32(high - low) + np.float32(low) if high != 255 else pixels]

    def _pixels(self, file: Path) -> "Array":
        """One image as uint8 of shape (height, width, channels). Raises DataError naming the file."""
        import numpy as np
        from PIL import Image

        height, width = self.size
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error", Image.DecompressionBombWarning)
                with Image.open(file) as image:
                    fitted = image.convert(self.mode).resize((width, height), Image.Resampling.BILINEAR)
        except (OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise DataError(f"{file} cannot be read as an image: {error}") from error
        return np.asarray(fitted, np.uint8).reshape(height, width, -1)


@dataclass(frozen=True, slots=True)
class Images:
    """A folder of labelled images. Labels are numbered in sorted order, or as the file ``labels`` lists them."""

    name: str = "folder of images"
    looks_like: str = "a folder with one folder of images a label"

    def reads(self, source: str, base: Path) -> bool:
        """Whether the source is a folder."""
        return source != "" and _folder(source, base).is_dir()

    def identity(self, data: Data, base: Path) -> str:
        """Hash names, sizes and times of change, and the file of labels: reading every image would take too long."""
        folder = _folder(data.source, base)
        states = [(str(file.relative_to(folder)), file.stat().st_size, file.stat().st_mtime_ns) for file in _files(folder)]
        labels = cache.sha256_of(_label_file(data, base)) if data.labels else ""
        return cache.key_of({"files": states, "labels": labels, "code": cache.code_of(self)})

    def open(self, data: Data, base: Path, model: Source) -> ImageTable:
        """List the images, number their labels. Raises DataError naming the folder."""
        import numpy as np

        folder = _folder(data.source, base)
        height, width, channels = _image_shape(model.inputs, data.source)
        if data.scale not in SCALES:
            raise DataError(f"data.scale {data.scale!r} is not known; known: {', '.join(SCALES)}", hint=nearest(data.scale, SCALES))
        files = _files(folder)
        classes = _listed(data, base) if data.labels else tuple(sorted({file.parent.name for file in files}))
        numbers = {name: number for number, name in enumerate(classes)}
        for file in files:
            if file.parent.name not in numbers:
                raise DataError(f"{file.parent}: {data.labels} has no label {file.parent.name!r}", hint=nearest(file.parent.name, classes))
        labels = np.array([numbers[file.parent.name] for file in files], np.int64)
        return ImageTable(tuple(files), labels, classes, (height, width), MODES[channels], SCALES[data.scale])


def _folder(source: str, base: Path) -> Path:
    """The folder that a suite speaks of. Raises DataError for what no folder can be."""
    return paths.path_of(source, base, DataError)


def _files(folder: Path) -> list[Path]:
    """All images, in sorted order. Raises DataError when there are none."""
    found = sorted(file for file in folder.glob("*/*") if file.suffix.lower() in ENDINGS and file.is_file() and not file.name.startswith("."))
    if not found:
        with paths.told(str(folder), DataError):
            loose = any(file.suffix.lower() in ENDINGS for file in folder.iterdir())
        hint = "images lie in the folder itself: move them into folders named by label" if loose else f"images end in {', '.join(ENDINGS)}"
        raise DataError(f"{folder} is empty: it has no folders with images", hint=hint)
    return found


def _label_file(data: Data, base: Path) -> Path:
    """The file of labels, beside the suite or in the folder of images. Raises DataError."""
    places = [paths.path_of(data.labels, place, DataError) for place in (base, _folder(data.source, base))]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise DataError(f"data.labels {data.labels!r}: there is no such file", hint=f"looked in {places[0].parent} and {places[1].parent}")
    paths.check_readable(found, DataError)
    return found


def _listed(data: Data, base: Path) -> tuple[str, ...]:
    """The labels of the file, one a line, in the model's order. Raises DataError when one is there twice."""
    file = _label_file(data, base)
    try:
        lines = [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    except UnicodeDecodeError as error:
        raise DataError(f"{file} is not a text file: {error}") from error
    twice = next((line for line in lines if lines.count(line) > 1), None)
    if twice is not None:
        raise DataError(f"{file} lists {twice!r} twice")
    return tuple(lines)


def _image_shape(inputs: tuple[Tensor, ...], source: str) -> tuple[int, int, int]:
    """Height, width and channels of a model's only input, channels last or first. Raises DataError when it takes no images."""
    shapes = ", ".join(str(tensor.shape) for tensor in inputs)
    sizes = inputs[0].shape[1:] if len(inputs) == 1 and len(inputs[0].shape) == 4 else ()
    if sizes and sizes[2] in MODES:
        return sizes[0], sizes[1], sizes[2]
    if sizes and sizes[0] in MODES:
        return sizes[1], sizes[2], sizes[0]
    hint = "one input of shape (batch, height, width, 1, 3 or 4), or with the channels first, takes images"
    raise DataError(f"{source} holds images; the model takes {shapes}", hint=hint)


DATASETS.add(Images())
