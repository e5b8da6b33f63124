"""The linear regression is the one that scikit-learn finds in closed form: docs/linear-regression.md says so."""

import numpy as np
import pytest

from pocketbench import datasets, zoo
from pocketbench.model import Source, Tensor
from pocketbench.scores import score
from pocketbench.zoo.linear_regression import fit

pytestmark = pytest.mark.slow
SOURCE = Source("", "keras", "", (Tensor("features", (-1, 10), "float32"),), (Tensor("progression", (-1, 1), "float32"),), 10, trained_on="zoo:diabetes[-262:]")


def test_its_weights_and_its_score_are_scikit_learns(tmp_path: object) -> None:
    """Fitted on the same rows; r2 on rows that neither saw is the same to six digits, by scikit-learn's own measure too."""
    import msgspec
    from sklearn.linear_model import LinearRegression
    from sklearn.metrics import r2_score

    given = zoo.training_rows(zoo.MODELS.get("linear-regression"))
    theirs = LinearRegression().fit(given.x.astype(np.float64), given.y)
    kernel, bias = fit()
    data = {"source": "zoo:diabetes", "calibration": 80, "scoring": 100, "score": "r2"}
    datasets.open_rows(data=data, base=".", train_rows=0, source=msgspec.to_builtins(SOURCE), folder=str(tmp_path))
    x, y = (np.load(f"{tmp_path}/scoring-{name}.npy") for name in ("x0", "y"))

    assert np.allclose(kernel[:, 0], theirs.coef_, rtol=1e-5)
    assert np.allclose(bias[0], theirs.intercept_, rtol=1e-6)
    assert score(name="r2", outputs=x @ kernel + bias, labels=y) == pytest.approx(r2_score(y, theirs.predict(x)), abs=1e-6)
    assert r2_score(y, theirs.predict(x)) == pytest.approx(0.4952, abs=5e-4)
