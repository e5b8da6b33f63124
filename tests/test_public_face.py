"""The package's public face."""

import pocketbench


def test_all_is_what_the_package_offers() -> None:
    """``__all__`` is sorted and every name in it is there."""
    assert sorted(pocketbench.__all__) == pocketbench.__all__
    assert [name for name in pocketbench.__all__ if not hasattr(pocketbench, name)] == []
