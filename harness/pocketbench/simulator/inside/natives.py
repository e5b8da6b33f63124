"""The native methods of the framework's classes, one library that the JVM loads first."""

from pathlib import Path

from pocketbench import assets
from pocketbench.simulator.inside import compiler
from pocketbench.simulator.inside.lookalike import SHARED

NAME = "libandroid_runtime.so"
SOURCES = "android_app/simulated/runtime"


def natives(java: Path, folder: Path) -> str:
    """Make it in a folder, with a JDK's headers; its name. Raises ToolchainMissing."""
    headers = [f"-I{place}" for place in (java / "include", java / "include/linux", assets.find(SHARED))]
    compiler.compile_([*headers, *sorted(assets.find(SOURCES).glob("*.c"))], folder / NAME)
    return NAME
