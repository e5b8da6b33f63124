"""``zoo:diabetes``: ten measurements of 442 patients, and how far their diabetes had come a year later.

From scikit-learn's ``load_diabetes``: B. Efron, T. Hastie, I. Johnstone and R. Tibshirani, "Least Angle Regression",
Annals of Statistics 32 (2), 2004. A linear model explains about half of the variance.
"""

from pocketbench.zoo import DATA, Examples, ZooData


def load() -> Examples:
    """Return features as float32 of shape (442, 10), mean 0 and variance 1 each; targets as float32, 25 to 346.

    scikit-learn's columns are centred and have length 1; times the root of the number of rows their variance is 1, which
    integer forms can represent. Targets keep their own unit, a score of disease progression.
    """
    import numpy as np
    from sklearn.datasets import load_diabetes

    x, y = load_diabetes(return_X_y=True)
    return Examples((x * np.sqrt(len(x))).astype(np.float32), y.astype(np.float32))


DATA.add(ZooData("diabetes", "ten features of 442 patients, a regression", "scikit-learn", load))
