"""The linear model that runners are tried on: five rows, x (1, 4) to y (1, 3), float32."""

import numpy as np

ROWS = 5
WEIGHTS = np.arange(12, dtype=np.float32).reshape(4, 3) / 8
BIAS = np.array([1, 2, 3], dtype=np.float32)
