"""A C compiler: builds, once for each app, what stands for Android's C library on the simulated phone."""

import shutil

from pocketbench.parts import PARTS, Part


def present() -> bool:
    """Whether the compiler is on the PATH."""
    return shutil.which("gcc") is not None


PARTS.add(
    Part(
        "c-compiler", "builds what stands for Android's C library under an app's own libraries", ("apps on the simulated phone",), present,
        packages={"debian": ("gcc", "libc6-dev")}, elsewhere="install gcc and the C library's headers",
    )
)  # fmt: skip
