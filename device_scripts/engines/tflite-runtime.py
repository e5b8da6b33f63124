"""TensorFlow Lite from the package ``tflite-runtime``, the runtime of before LiteRT: on the CPU as in ``../tflite_interpreter.py``."""

from typing import Any

from tflite_interpreter import InterpreterEngine, check_options


class Engine(InterpreterEngine):
    """One ``.tflite`` file. What the methods do is in ``README.md`` beside the runner."""

    accelerators = ("cpu",)

    def __init__(self, model: str, order: dict[str, Any]) -> None:
        """Import the package; nothing is loaded yet. Raises ImportError, ValueError."""
        check_options("tflite-runtime", order["options"])
        from importlib.metadata import version

        from tflite_runtime import interpreter

        super().__init__(interpreter, version("tflite-runtime"), model, order)
