"""The zoo's networks, trained anew in worker processes as a run does it."""

import itertools
from pathlib import Path

import msgspec
import numpy as np
import pytest

from pocketbench import datasets, scores, sources, zoo
from pocketbench.model import Source
from pocketbench.worker import Workers

NAMES = ("digits-mlp", "digits-lstm", "digits-attention", "digits-mobilenet")
LEAST = {"digits-mlp": 0.95, "digits-lstm": 0.95, "digits-attention": 0.94, "digits-mobilenet": 0.95}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Source]]:
    """Every network, trained twice: in one process in this order, in another in the opposite one."""
    return [_opened(order, tmp_path_factory.mktemp("zoo")) for order in (NAMES, NAMES[::-1])]


@pytest.fixture(scope="module")
def scored(opened: list[dict[str, Source]], tmp_path_factory: pytest.TempPathFactory) -> dict[str, float]:
    """The score of every network over 450 rows, by its own outputs."""
    found = {}
    with Workers(tmp_path_factory.mktemp("logs")) as workers:
        for name in NAMES:
            model, source, folder = zoo.MODELS.get(name), msgspec.to_builtins(opened[0][name]), tmp_path_factory.mktemp("rows")
            rows = datasets.open_rows(data=model.suite_data, base=".", train_rows=model.rows, source=source, folder=str(folder))
            workers.call("tensorflow", "pocketbench.sources:reference", {"source": source, "rows": rows, "folder": str(folder)}, deadline_s=300)
            outputs, labels = (np.load(folder / file) for file in ("reference-y0.npy", "scoring-y.npy"))
            found[name] = scores.score(name=model.score, outputs=outputs, labels=labels)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_network_has_the_same_weights_in_every_process(opened: list[dict[str, Source]], name: str) -> None:
    """Whatever was trained before it; the key is a hash of configuration and weights."""
    assert opened[0][name].key == opened[1][name].key


@pytest.mark.parametrize("name", NAMES)
def test_a_network_has_learnt_what_it_is_for(opened: list[dict[str, Source]], scored: dict[str, float], name: str) -> None:
    """On rows that it has never seen, scored as its suites score it."""
    assert opened[0][name].trained_on == "zoo:digits[-1000:]"
    assert scored[name] > LEAST[name]


@pytest.mark.parametrize(
    ("name", "operations", "parameters"),
    [
        ("digits-mlp", {"MatMul": 3, "Relu": 2, "Softmax": 1}, 64 * 128 + 128 * 64 + 64 * 10),
        ("digits-lstm", {"While": 1, "Softmax": 1}, 4 * 64 * (8 + 64) + 64 * 10),
        ("digits-attention", {"Einsum": 2, "Softmax": 2, "Erfc": 1}, 8 * 48 + 4 * 48 * 48 + 2 * 48 * 96 + 48 * 10),
        ("digits-mobilenet", {"DepthwiseConv2dNative": 5, "Relu6": 11, "Conv2D": 11}, None),
    ],
)
def test_a_network_is_made_of_what_its_description_says(opened: list[dict[str, Source]], name: str, operations: dict[str, int], parameters: int | None) -> None:
    """Its operations, and its weights counted by hand; the one of depthwise convolutions by their shapes below."""
    source = opened[0][name]
    assert operations.items() <= source.operations.items()
    assert source.parameters == (parameters or _mobilenet())


def _opened(order: tuple[str, ...], folder: Path) -> dict[str, Source]:
    """Train networks in one process, in an order."""
    found = {}
    with Workers(folder) as workers:
        for name in order:
            (folder / name).mkdir()
            toolchain = sources.find(f"zoo:{name}", folder).toolchain("keras")
            arguments = {"source": f"zoo:{name}", "base": str(folder), "folder": str(folder / name)}
            found[name] = msgspec.convert(workers.call(toolchain, "pocketbench.sources:open_source", arguments, deadline_s=300), Source)
    return found


def _mobilenet() -> int:
    """The weights of the stem, of each block's expansion, depthwise convolution and projection, of the head and the classes."""
    from pocketbench.zoo import digits_mobilenet as about

    channels = [about.STEM, *(block[1] for block in about.BLOCKS)]
    blocks = [
        (given * wide if times > 1 else 0) + 9 * wide + wide * given_on
        for (given, given_on), (times, _, _) in zip(itertools.pairwise(channels), about.BLOCKS, strict=True)
        for wide in [times * given]
    ]
    return 9 * about.STEM + sum(blocks) + channels[-1] * about.HEAD + about.HEAD * about.CLASSES
