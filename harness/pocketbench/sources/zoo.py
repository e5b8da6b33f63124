"""``zoo:NAME``: a model that comes with Pocketbench, trained when it is first opened."""

from dataclasses import dataclass
from pathlib import Path

import msgspec

from pocketbench import cache, toolchains, zoo
from pocketbench.errors import SourceError, UnknownName
from pocketbench.model import Source
from pocketbench.sources import SOURCES

PREFIX = "zoo:"


@dataclass(frozen=True, slots=True)
class ZooSource:
    """A zoo model."""

    name: str = "zoo model"
    toolchain: str = "tensorflow"
    looks_like: tuple[str, ...] = (f"{PREFIX}NAME",)

    def frameworks(self, text: str) -> tuple[str, ...]:
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

    def open(self, text: str, base: Path, folder: Path, framework: str) -> Source:  # noqa: ARG002
        """Train it in one of its frameworks."""
        from pocketbench.sources import keras_model

        model = zoo.MODELS.get(text.removeprefix(PREFIX))
        kept = keras_model.keep(model.make(framework), folder, text)
        return msgspec.structs.replace(kept, trained_on=model.trained_on)


SOURCES.add(ZooSource())
