"""Training in torch that gives the same weights every time."""

from collections.abc import Iterator
from contextlib import contextmanager

SEED = 0


@contextmanager
def steady() -> Iterator[None]:
    """The same random numbers, one thread, and kernels that give the same result every time; all as it was afterwards.

    Sums of several threads come in an order of their own, and oneDNN chooses its kernels by processor.
    """
    import torch

    threads, strict, onednn = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled(), torch.backends.mkldnn.enabled
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    torch.backends.mkldnn.enabled = False
    try:
        with torch.random.fork_rng(devices=[]), torch.enable_grad():
            torch.manual_seed(SEED)
            yield
    finally:
        torch.backends.mkldnn.enabled = onednn
        torch.use_deterministic_algorithms(strict)
        torch.set_num_threads(threads)
