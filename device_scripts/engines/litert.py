"""LiteRT (TensorFlow Lite) from the package ``ai-edge-litert``: on the CPU as in ``../tflite_interpreter.py``; for the GPU see ``../litert_gpu.py``."""

from typing import Any

from tflite_interpreter import InterpreterEngine, check_options


class Engine(InterpreterEngine):
    """One ``.tflite`` file. What the methods do is in ``README.md`` beside the runner."""

    accelerators = ("cpu", "gpu")

    def __new__(cls, model: str, order: dict[str, Any]) -> Any:
        """Refuse options that there are not, and hand an order for the GPU over: another part of the package runs it. Raises ValueError."""
        check_options("litert", order["options"])
        if order.get("accelerator") != "gpu":
            return super().__new__(cls)
        import litert_gpu

        return litert_gpu.Engine(model, order)

    def __init__(self, model: str, order: dict[str, Any]) -> None:
        """Import the package; nothing is loaded yet. Raises ImportError."""
        from importlib.metadata import version

        from ai_edge_litert import interpreter

        super().__init__(interpreter, version("ai-edge-litert"), model, order)
