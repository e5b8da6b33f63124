"""The Vulkan loader: the library through which programs reach a Vulkan driver."""

from ctypes.util import find_library

from pocketbench.parts import PARTS, Part


def present() -> bool:
    """Whether a program that asks for libvulkan would get it."""
    return find_library("vulkan") is not None


PARTS.add(
    Part(
        "vulkan-loader", "lets programs reach a Vulkan driver", ("litert on the GPU", "ncnn on Vulkan"), present,
        packages={"debian": ("libvulkan1",)}, elsewhere="install the package that has libvulkan.so.1 (Fedora: vulkan-loader, Arch: vulkan-icd-loader)",
    )
)  # fmt: skip
