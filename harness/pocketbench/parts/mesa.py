"""Mesa: OpenGL ES on the processor (llvmpipe), without a screen."""

from ctypes.util import find_library

from pocketbench.parts import PARTS, Part


def present() -> bool:
    """Whether EGL, OpenGL ES and Mesa's driver for both are where programs find libraries."""
    return all(map(find_library, ("EGL", "GLESv2", "EGL_mesa")))


PARTS.add(
    Part(
        "mesa", "OpenGL ES in software", ("TensorFlow Lite's GPU delegate through OpenGL ES on the simulated phone",), present,
        packages={"debian": ("libegl1", "libgles2", "libegl-mesa0", "libgl1-mesa-dri")},
        elsewhere="install Mesa's EGL and OpenGL ES (Fedora: mesa-libEGL, mesa-libGLES)",
    )
)  # fmt: skip
