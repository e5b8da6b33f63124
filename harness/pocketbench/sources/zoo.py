"""``zoo:NAME``: a model that comes with Pocketbench, trained when it is first opened."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from pocketbench import cache, toolchains, torch_kept, zoo
from pocketbench.errors import SourceError, UnknownName
from pocketbench.model import Source
from pocketbench.sources import SOURCES
from pocketbench.sources.asked import Asked
from pocketbench.torch_kept import About
from pocketbench.zoo import ZooModel

PREFIX = "zoo:"
# Row, height, width, channel.
IMAGE_AXES = 4


@dataclass(frozen=True, slots=True)
class ZooSource:
    """A zoo model."""

    name: str = "zoo model"
    looks_like: tuple[str, ...] = (f"{PREFIX}NAME",)
    takes: tuple[str, ...] = ()

    def toolchain(self, framework: str) -> str:
        """That of the framework it is trained in."""
        return toolchains.OF_FRAMEWORK[framework]

    def frameworks(self, text: str, base: Path) -> tuple[str, ...]:  # noqa: ARG002
        """Those that the model has a maker for."""
        return tuple(zoo.MODELS.get(text.removeprefix(PREFIX)).makers)

    def reads(self, text: str, base: Path) -> bool:  # noqa: ARG002
        """Whether the text begins with ``zoo:``."""
        return text.startswith(PREFIX)

    def check(self, text: str, base: Path) -> None:  # noqa: ARG002
        """See that the zoo has it. Raises SourceError."""
        try:
            zoo.MODELS.get(text.removeprefix(PREFIX))
        except UnknownName as error:
            raise SourceError(error.message, hint=error.hint.replace("'", f"'{PREFIX}", 1)) from error

    def identity(self, text: str, base: Path) -> str:  # noqa: ARG002
        """Hash the files that say how it is made, and the versions of what makes it."""
        model = zoo.MODELS.get(text.removeprefix(PREFIX))
        code = {file.name: cache.sha256_of(file) for file in model.files}
        return cache.key_of({"name": text, "trained_on": model.trained_on, "code": code, "versions": toolchains.versions(model.packages)})

    def open(self, text: str, base: Path, folder: Path, framework: str, asked: Asked) -> Source:  # noqa: ARG002
        """Train it in one of its frameworks."""
        model = zoo.MODELS.get(text.removeprefix(PREFIX))
        kept = {"keras": _keras, "torch": _torch}[framework](model, folder, text)
        return msgspec.structs.replace(kept, trained_on=model.trained_on)


def _keras(model: ZooModel, folder: Path, text: str) -> Source:
    """Keep what the Keras maker gives."""
    from pocketbench.sources import keras_model

    return keras_model.keep(model.make("keras"), folder, text)


def _torch(model: ZooModel, folder: Path, text: str) -> Source:
    """Keep the module that the torch maker gives; a row of the zoo's data, images channels first, shows what it takes."""
    import torch

    from pocketbench.sources import torch_module

    row = torch.from_numpy(zoo.training_rows(model).x[:1])
    row = row.movedim(-1, 1).contiguous() if row.dim() == IMAGE_AXES else row
    return torch_module.keep(model.make("torch"), (row,), folder, text, About(torch_kept.ZOO, model.name))


SOURCES.add(ZooSource())
