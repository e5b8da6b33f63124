"""The zoo's networks in torch: the same architectures as in Keras, trained anew in worker processes as a run does it."""

import hashlib
import importlib
import warnings
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from pocketbench import datasets, scores, zoo
from pocketbench.model import Source
from pocketbench.worker import Workers

# What is learnt in Keras (model.count_params() without the moving statistics); an LSTM has two biases in torch.
PARAMETERS = {
    "digits-mlp": 17_226, "digits-lstm": 19_338 + 4 * 64, "digits-attention": 20_314, "digits-mobilenet": 30_826, "digits-cnn": 93_546,
    "linear-regression": 11,
}  # fmt: skip
# Kernels and tables alone, the same in both frameworks.
WEIGHTS = {"digits-mlp": 17_024, "digits-lstm": 19_072, "digits-attention": 19_296, "digits-mobilenet": 28_768, "digits-cnn": 93_088, "linear-regression": 10}
LEAST = {"digits-mlp": 0.94, "digits-lstm": 0.95, "digits-attention": 0.94, "digits-mobilenet": 0.97, "digits-cnn": 0.98, "linear-regression": 0.49}
TWICE = ("digits-lstm", "digits-mlp")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def workers(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """One worker for all of them."""
    with Workers(tmp_path_factory.mktemp("logs")) as found:
        yield found


@pytest.fixture(scope="module")
def opened(workers: Workers, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Source]:
    """Every model, trained in one process."""
    return {name: _opened(name, workers, tmp_path_factory.mktemp("zoo")) for name in PARAMETERS}


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_network_has_the_parameters_of_the_one_in_keras(name: str) -> None:
    """As many numbers to learn, but for the LSTM's second bias."""
    model = _built(name)

    assert sum(parameter.numel() for parameter in model.parameters()) == PARAMETERS[name]


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_network_gives_the_same_for_a_row_whatever_rows_are_beside_it(name: str) -> None:
    """Scripted, traced by torch.fx and as it is: the batch dimension is free."""
    import torch
    import torch.fx

    model = _built(name)
    rows = torch.randn((3, 10) if name == "linear-regression" else (3, 1, 8, 8), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        alone = model(rows[1:2])
        for form in (model, _scripted(model), torch.fx.symbolic_trace(model)):
            assert torch.allclose(form(rows)[1:2], alone, atol=1e-6)


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_network_has_learnt_what_it_is_for(opened: dict[str, Source], workers: Workers, tmp_path: Path, name: str) -> None:
    """On rows that it has never seen, scored as its suites score it; images go in channels first."""
    model, source = zoo.MODELS.get(name), msgspec.to_builtins(opened[name])
    rows = datasets.open_rows(data=model.suite_data, base=".", train_rows=model.rows, source=source, folder=str(tmp_path))
    workers.call("torch", "pocketbench.sources:reference", {"source": source, "rows": rows, "folder": str(tmp_path)}, deadline_s=300)
    outputs, labels = (np.load(tmp_path / file) for file in ("reference-y0.npy", "scoring-y.npy"))

    assert opened[name].inputs[0].shape[1:] == ((10,) if name == "linear-regression" else (1, 8, 8))
    assert opened[name].parameters == WEIGHTS[name]
    assert scores.score(name=model.score, outputs=outputs, labels=labels) > LEAST[name]


def test_a_network_has_the_same_weights_in_every_process(opened: dict[str, Source], tmp_path: Path) -> None:
    """Whatever was trained before it."""
    with Workers(tmp_path) as others:
        for name in TWICE[::-1]:
            again = _opened(name, others, tmp_path)

            assert again.key == opened[name].key
            assert _hash(again) == _hash(opened[name])


def _opened(name: str, workers: Workers, folder: Path) -> Source:
    """Train a model as it is opened for a run."""
    (folder / name).mkdir()
    arguments = {"source": f"zoo:{name}", "base": str(folder), "folder": str(folder / name), "framework": "torch"}
    return msgspec.convert(workers.call("torch", "pocketbench.sources:open_source", arguments, deadline_s=300), Source)


def _built(name: str) -> Any:
    """A model as it is before training, in eval mode."""
    module, _, _ = zoo.MODELS.get(name).makers["torch"].partition(":")
    return importlib.import_module(module).build().eval()


def _scripted(model: Any) -> Any:
    """Script a model; torch says that TorchScript is deprecated."""
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return torch.jit.script(model)


def _hash(source: Source) -> str:
    """The sha256 of the weights as they are kept."""
    return hashlib.sha256((Path(source.path) / "weights.pt").read_bytes()).hexdigest()
