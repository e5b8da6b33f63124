"""The zoo: small data sets and models that come with Pocketbench, so that a run needs nothing else.

One file a data set, one file a model; each registers itself in ``DATA`` or ``MODELS``. A model's file says its
architecture in words and numbers; each framework that it exists in has a file of its own beside it, which is imported
only when the model is made. Another framework is one more such file and its line in ``makers``.
"""

import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pocketbench.registry import Registry

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Examples:
    """A whole data set in the order of its package: ``x`` float32 of shape (rows, …), ``y`` one label or target a row.

    ``classes`` names the labels 0, 1, … of a classification; it is empty for a regression.
    """

    x: "Array"
    y: "Array"
    classes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ZooData:
    """A data set: its name, what it is, the distribution that carries it, how it is loaded."""

    name: str
    about: str
    package: str
    load: Callable[[], Examples]


@dataclass(frozen=True, slots=True)
class ZooModel:
    """A model: its name, what it is, and the rows that it is trained on: ``rows`` from the END of the fixed order of ``data``.

    ``calibration`` and ``scoring`` are how many of the other rows a suite uses, ``score`` is how it scores them. ``makers``
    names, for each framework, the ``module:function`` that gives the trained model, ``packages`` the distributions whose
    versions shape what it gives, and ``shared`` the modules of the zoo that makers of several models have in common.
    """

    name: str
    about: str
    data: str
    rows: int
    calibration: int
    scoring: int
    score: str
    makers: Mapping[str, str]
    packages: tuple[str, ...]
    shared: tuple[str, ...] = ()

    @property
    def trained_on(self) -> str:
        """The training rows in Python's own words: ``zoo:digits[-1000:]``."""
        return f"zoo:{self.data}[-{self.rows}:]"

    @property
    def suite_data(self) -> dict[str, str | int]:
        """What a suite's ``data`` says of it: rows that it was not trained on, and how they are scored."""
        return {"source": f"zoo:{self.data}", "calibration": self.calibration, "scoring": self.scoring, "score": self.score}

    @property
    def files(self) -> tuple[Path, ...]:
        """The files that say how the model is made: its own, its makers', what they share, its data's, the order of rows."""
        modules = [maker.partition(":")[0].rpartition(".")[2] for maker in self.makers.values()]
        own = [module.removesuffix(f"_{framework}") for module, framework in zip(modules, self.makers, strict=True)]
        names = dict.fromkeys((*own, *modules, *self.shared, DATA.get(self.data).load.__module__.rpartition(".")[2], "order"))
        return tuple(Path(__file__).parent / f"{name}.py" for name in names)

    def make(self, framework: str) -> Any:
        """Train the model anew. Raises KeyError when there is no maker for the framework."""
        module, _, function = self.makers[framework].partition(":")
        return getattr(importlib.import_module(module), function)()


DATA: Registry[ZooData] = Registry("zoo data set")
MODELS: Registry[ZooModel] = Registry("zoo model")


def training_rows(model: ZooModel) -> Examples:
    """Return the rows that a zoo model may learn from, and no others."""
    from pocketbench.zoo.order import fixed_order

    whole = DATA.get(model.data).load()
    last = fixed_order(len(whole.x))[-model.rows :]
    return Examples(whole.x[last], whole.y[last], whole.classes)


from pocketbench.zoo import diabetes as _diabetes  # noqa: E402, F401
from pocketbench.zoo import digits as _digits  # noqa: E402, F401
from pocketbench.zoo import digits_attention as _digits_attention  # noqa: E402, F401
from pocketbench.zoo import digits_cnn as _digits_cnn  # noqa: E402, F401
from pocketbench.zoo import digits_lstm as _digits_lstm  # noqa: E402, F401
from pocketbench.zoo import digits_mlp as _digits_mlp  # noqa: E402, F401
from pocketbench.zoo import digits_mobilenet as _digits_mobilenet  # noqa: E402, F401
from pocketbench.zoo import linear_regression as _linear_regression  # noqa: E402, F401
