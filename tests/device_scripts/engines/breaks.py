"""An engine that loads anything, gives out after two inferences, and leaves a file behind when it is closed."""

from pathlib import Path


class Engine:
    """Counts its inferences and raises on the third."""

    accelerators = ("cpu",)
    version = "1"

    def __init__(self, model, order):  # noqa: ANN001, ANN204
        """Keep where to leave the file."""
        self.mark, self.order, self.runs = Path(model).with_name("closed"), order, 0

    def load(self):  # noqa: ANN201
        """Load nothing."""

    def inputs(self):  # noqa: ANN201
        """What the order says."""
        return [(tensor["name"], tuple(tensor["shape"]), tensor["dtype"]) for tensor in self.order["inputs"]]

    def outputs(self):  # noqa: ANN201
        """What the order says."""
        return [(tensor["name"], tuple(tensor["shape"]), tensor["dtype"]) for tensor in self.order["outputs"]]

    def set(self, row):  # noqa: ANN001, ANN201
        """Take nothing."""

    def invoke(self):  # noqa: ANN201
        """Give out on the third call."""
        self.runs += 1
        if self.runs > 2:
            raise RuntimeError("the third inference is one too many")

    def close(self):  # noqa: ANN201
        """Leave the file once inferences were made."""
        if self.runs:
            self.mark.touch()
