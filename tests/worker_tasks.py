"""What the worker tests let real worker processes do."""

import ctypes
import json
import os
import random
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from pocketbench import errors


def add(first: int, second: int) -> int:
    """Add."""
    return first + second


def pid() -> int:
    """Give the process's id."""
    return os.getpid()


def segfault() -> None:
    """Read address 0, after a word."""
    sys.stdout.write("about to read address 0\n")
    ctypes.string_at(0)


def leave(code: int) -> None:
    """End the process without clean-up."""
    sys.stdout.write("leaving\n")
    os._exit(code)


def leave_a_child_with_the_channel() -> None:
    """Fork a process that keeps every descriptor open, then leave."""
    if os.fork():
        os._exit(4)
    signal.pause()


def system_exit() -> None:
    """Call sys.exit, as command-line converters do."""
    sys.exit("usage: converter MODEL")


def hang(pids: str) -> None:
    """Start a shell that says its id and waits for ever, all in one native call that holds the interpreter."""
    ctypes.PyDLL(None).system(f"echo '[{os.getpid()}, '$$']' > '{pids}'; while true; do sleep 1000; done".encode())


def hang_beside_a_session_of_its_own(pids: str) -> None:
    """Start a process that leaves the group, and wait for ever."""
    grandchild = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"], start_new_session=True)
    Path(pids).write_text(json.dumps([os.getpid(), grandchild.pid]), encoding="utf-8")
    signal.pause()


def grow(step_bytes: int, most_bytes: int) -> int:
    """Take memory step by step, and touch it; then wait."""
    held: list[bytes] = []
    while len(held) * step_bytes < most_bytes:
        held.append(b"x" * step_bytes)
    signal.pause()
    return len(held)


def grow_in_a_child(most_bytes: int) -> None:
    """Let a child take the memory."""
    subprocess.run([sys.executable, "-c", f"import signal; held = b'x' * {most_bytes}; signal.pause()"], check=False)


def keep(held_bytes: int) -> int:
    """Take memory and keep it after the call."""
    keep.held = b"x" * held_bytes  # type: ignore[attr-defined]
    return os.getpid()


def talk(total_bytes: int) -> str:
    """Print a lot, from Python and from a descriptor, then a last line."""
    line = "0123456789abcdef" * 4096 + "\n"
    for _ in range(total_bytes // len(line) + 1):
        sys.stdout.write(line)
    os.write(2, b"the last line\n")
    return "said"


def talk_and_leave(total_bytes: int) -> None:
    """Print a lot, then end the process."""
    talk(total_bytes)
    os._exit(5)


def close_output() -> str:
    """Close standard output and error, descriptors and all."""
    os.close(1)
    os.close(2)
    return "closed"


def talk_until_it_is_cut(log: str) -> bool:
    """Print until the log has become shorter."""
    longest = 0
    while Path(log).stat().st_size >= longest:
        longest = Path(log).stat().st_size
        sys.stdout.write("0123456789abcdef" * 1024 + "\n")
    return True


def talk_and_raise() -> None:
    """Print, then raise an error of no tree of ours."""
    sys.stdout.write("converting layer 3\n")
    raise KeyError("layer 3")


def answer(length: int) -> str:
    """Give a long answer."""
    return "x" * length


def nested(depth: int) -> object:
    """Give an answer that no JSON writer can follow."""
    value: list[object] = []
    for _ in range(depth):
        value = [value]
    return value


def no_json() -> object:
    """Give something that JSON has no word for."""
    return {1, 2}


def write_to_the_channel(text: str) -> None:
    """Find the worker's own channel and write a forged line to it."""
    for descriptor in range(3, 64):
        try:
            channel = socket.socket(fileno=os.dup(descriptor))
        except OSError:
            continue
        with channel:
            channel.sendall(text.encode())
    signal.pause()


def refuse() -> None:
    """Refuse with a typed reason."""
    raise errors.Refused("unsupported-operation", "no translation for Erfinv", hint="leave it out")


def source_error() -> None:
    """Raise one of the tree."""
    raise errors.SourceError("model.keras: no model", hint="save it again")


class _Own(errors.DataError):
    """An error derived outside the tree's module."""


def derived_error() -> None:
    """Raise a derived one."""
    raise _Own("no rows")


def lost_error() -> None:
    """Raise what only a parent may."""
    raise errors.DeadlinePassed("never", log="x")


def unprintable() -> None:
    """Raise an error whose text cannot be had."""

    class _UnprintableError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    raise _UnprintableError


def dice(count: int) -> list[float]:
    """Throw Python's and numpy's dice."""
    import numpy as np

    return [random.random() for _ in range(count)] + [float(number) for number in np.random.random(count)]  # noqa: NPY002, S311, RUF100


def order_of_a_set() -> list[str]:
    """Go through a set of strings."""
    return list({f"layer{index}" for index in range(40)})


def move_away(folder: str) -> str:
    """Change the working folder, and say where it was."""
    before = Path.cwd()
    os.chdir(folder)
    return str(before)


def environment(variable: str) -> str:
    """Read an environment variable."""
    return os.environ.get(variable, "")


def read_input() -> str:
    """Read the standard input."""
    return sys.stdin.read()


def train(rows: int) -> list[object]:
    """Train a small Keras model; give its layers' names and the sum of its weights, to the last bit."""
    import keras
    import numpy as np

    x = np.random.default_rng(0).normal(size=(rows, 4)).astype("float32")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dropout(0.2), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.fit(x, x[:, :1], epochs=2, verbose=0)
    return [[layer.name for layer in model.layers], float(sum(np.abs(weight).sum() for weight in model.get_weights())).hex()]


def tensorflow_dice() -> list[float]:
    """Throw TensorFlow's own dice."""
    import tensorflow as tf

    return [float(number) for number in tf.random.normal((3,))]


def torch_left_otherwise() -> list[str]:
    """Set for the whole process what a user's module may set."""
    import torch

    torch.set_default_dtype(torch.float64)
    torch.set_default_device("meta")
    torch.set_num_threads(torch.get_num_threads() + 1)
    torch.set_grad_enabled(False)
    torch.use_deterministic_algorithms(True)
    torch.backends.quantized.engine = next(name for name in torch.backends.quantized.supported_engines if name != torch.backends.quantized.engine)
    return torch_found()


def torch_found() -> list[str]:
    """Say how torch is set, and what a tensor comes to be."""
    import torch

    tensor = torch.ones(2)
    settings = (torch.get_num_threads(), torch.is_grad_enabled(), torch.are_deterministic_algorithms_enabled(), torch.backends.quantized.engine)
    return [str(each) for each in (tensor.dtype, tensor.device, *settings)]


not_a_function: Callable[[], None] | None = None
