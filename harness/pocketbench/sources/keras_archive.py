"""A ``.keras`` file written so that the same model gives the same bytes, whenever it is saved."""

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

METADATA = "metadata.json"
# The first day that a zip archive can tell.
THEN = (1980, 1, 1, 0, 0, 0)
LARGE_BYTES = 1 << 30


def save(model: Any, file: Path) -> None:
    """Write a Functional or Sequential model, and nothing of its training: an optimizer's averages weigh as much as the model, or twice."""
    import keras

    model.save(file)
    if getattr(model, "compiled", False):
        keras.saving.load_model(file, compile=False, safe_mode=True).save(file)
    _forget_when(file)


def _forget_when(file: Path) -> None:
    """Write a ``.keras`` file, which is a zip archive, again without the times that are in it."""
    again = file.with_suffix(".again")
    with zipfile.ZipFile(file) as archive, zipfile.ZipFile(again, "w") as timeless:
        for item in archive.infolist():
            place = zipfile.ZipInfo(item.filename, THEN)
            place.compress_type = item.compress_type
            if item.filename == METADATA:
                timeless.writestr(place, json.dumps({key: value for key, value in json.loads(archive.read(item)).items() if key != "date_saved"}))
                continue
            with archive.open(item) as old, timeless.open(place, "w", force_zip64=item.file_size > LARGE_BYTES) as new:
                shutil.copyfileobj(old, new)
    again.replace(file)
