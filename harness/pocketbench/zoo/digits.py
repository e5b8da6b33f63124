"""``zoo:digits``: 1,797 real images of handwritten digits, 8 x 8 pixels.

From scikit-learn's ``load_digits``, the test part of E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten
Digits", UCI Machine Learning Repository, 1998.
"""

from pocketbench.zoo import DATA, Examples, ZooData

# Pixels are counts of ink in 4 x 4 blocks, 0 to 16.
DARKEST = 16


def load() -> Examples:
    """Return images as float32 from 0 to 1 of shape (1797, 8, 8, 1), labels as int64 from 0 to 9."""
    import numpy as np
    from sklearn.datasets import load_digits

    digits = load_digits()
    return Examples((digits.images[..., np.newaxis] / DARKEST).astype(np.float32), digits.target.astype(np.int64), tuple("0123456789"))


DATA.add(ZooData("digits", "1,797 handwritten digits of 8 x 8 pixels, ten classes", "scikit-learn", load))
