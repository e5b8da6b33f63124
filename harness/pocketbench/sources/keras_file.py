"""``.keras`` and ``.h5`` files: whole Keras models. Nothing in them is executed: Keras' safe mode stays on."""

import json
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pocketbench import cache
from pocketbench.errors import SourceError
from pocketbench.model import Source
from pocketbench.sources import SOURCES, custom
from pocketbench.sources.asked import Asked
from pocketbench.sources.files import check_file, path_of

ENDINGS = (".keras", ".h5", ".hdf5")
_INSTEAD = "give the function that builds the model as python:module:function, or export a SavedModel"


@dataclass(frozen=True, slots=True)
class KerasFile:
    """A whole Keras model in one file."""

    name: str = "Keras file"
    looks_like: tuple[str, ...] = (".keras", ".h5")
    takes: tuple[str, ...] = ()

    def toolchain(self, framework: str) -> str:  # noqa: ARG002
        """TensorFlow's."""
        return "tensorflow"

    def frameworks(self, text: str, base: Path) -> tuple[str, ...]:  # noqa: ARG002
        """Keras, in which it was saved."""
        return ("keras",)

    def reads(self, text: str, base: Path) -> bool:  # noqa: ARG002
        """Whether the text ends like a Keras file."""
        return Path(text).suffix.lower() in ENDINGS

    def check(self, text: str, base: Path) -> None:
        """See that the file is there. Raises SourceError."""
        check_file(text, base)

    def identity(self, text: str, base: Path) -> str:
        """Hash its bytes."""
        return cache.sha256_of(path_of(text, base))

    def open(self, text: str, base: Path, folder: Path, framework: str, asked: Asked) -> Source:  # noqa: ARG002
        """Load it without executing anything in it, and keep it as ``model.keras``. Raises SourceError."""
        from pocketbench.sources import keras_model

        path = path_of(text, base)
        own = folder / f"given{path.suffix.lower()}"
        shutil.copyfile(path, own)
        try:
            _refuse_code(_config(own, path), path)
            return keras_model.keep(_load(own, path), folder, str(path))
        finally:
            own.unlink()


def _config(own: Path, path: Path) -> Any:
    """Read the architecture that a file holds. Raises SourceError when it is not a whole Keras model."""
    try:
        return json.loads(_zipped(own) if own.suffix == ".keras" else _hdf5(own))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise SourceError(f"{path} is not a Keras model: {error}", hint="model.save('model.keras') writes one; weights alone are not enough") from error


def _zipped(own: Path) -> str:
    """Read config.json of a ``.keras`` file, which is a zip archive."""
    with zipfile.ZipFile(own) as archive:
        return archive.read("config.json").decode()


def _hdf5(own: Path) -> str:
    """Read the attribute model_config of an HDF5 file."""
    import h5py  # type: ignore[import-untyped]

    with h5py.File(own) as file:
        config = file.attrs["model_config"]
    return config.decode() if isinstance(config, bytes) else str(config)  # older Kerases wrote bytes


def _refuse_code(config: Any, path: Path) -> None:
    """Raise SourceError for layers whose code is in the file, or in neither the file nor Keras."""
    if lambdas := custom.lambdas(config):
        raise SourceError(f"{path}: Lambda layers hold code, which is not executed from a file: {', '.join(lambdas)}", hint=_INSTEAD)
    if unknown := custom.classes(config):
        raise SourceError(f"{path}: made with classes that Keras does not have: {', '.join(unknown)}", hint=_INSTEAD)


def _load(own: Path, path: Path) -> Any:
    """Load the model. Raises SourceError in Keras' words, the first line of them."""
    import keras

    try:
        return keras.saving.load_model(own, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises nearly anything for files it cannot read
        first = str(error).strip().partition("\n")[0].replace(str(own), str(path))
        raise SourceError(f"{path}: Keras cannot load it: {type(error).__name__}: {first}", hint=_INSTEAD) from error


SOURCES.add(KerasFile())
