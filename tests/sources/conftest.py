"""Keras for the tests of sources, imported once."""

import warnings
from typing import Any

import pytest


@pytest.fixture(scope="session")
def keras() -> Any:
    """The Keras module; what importing it warns of is not ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import keras
        import tensorflow as tf  # noqa: F401
    return keras
