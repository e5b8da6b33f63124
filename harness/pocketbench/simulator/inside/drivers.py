"""Which accelerators a phone really has: those of its profile whose drivers, all in software, this computer can lend it.

    opencl   pocl                an OpenCL platform on the processor (Debian: pocl-opencl-icd, ocl-icd-libopencl1)
    gles     Mesa's llvmpipe     OpenGL ES without a screen (Debian: libegl1, libgles2, libegl-mesa0, libgl1-mesa-dri)
    vulkan   SwiftShader         as LiteRT has it on this computer: docs/system-parts.md
    nnapi    names               accelerators of these names, which the look-alike of libneuralnetworks.so computes itself: dense layers and sums of floats

What is looked for are files; nothing is loaded. Google's SwiftShader and not Mesa's lavapipe: that of Debian 12 computes some of PyTorch's operations wrongly.
"""

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from pocketbench.parts import pocl, swiftshader
from pocketbench.simulator.state.profile import Profile

OPENCL, GLES, VULKAN, NNAPI = "opencl", "gles", "vulkan", "nnapi"
_FOLDERS = (Path("/usr/lib", f"{platform.machine()}-linux-gnu"), Path("/usr/lib64"), Path("/usr/lib"), Path("/usr/local/lib"))


@dataclass(frozen=True, slots=True)
class Lent:
    """What is put into the phone's root for a driver: ``links``, ``bound`` folders of the computer (root's name → place), and an app's ``environment``.

    A ``PATH`` in that comes after the phone's own.
    """

    links: dict[str, str] = field(default_factory=dict)
    bound: dict[str, Path] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)


def held(profile: Profile) -> Profile:
    """The profile without the accelerators that this computer cannot lend a phone."""
    return msgspec.structs.replace(
        profile, drivers={name: carried for name, carried in profile.drivers.items() if carried and name in _LENT and _LENT[name](carried)}
    )


def lent(profile: Profile) -> Lent:
    """What the drivers of a profile, as :func:`held` gives it, need in the phone's root."""
    each = [found for name, carried in profile.drivers.items() if (found := _LENT[name](carried))]
    return Lent(
        {name: target for one in each for name, target in one.links.items()},
        {name: place for one in each for name, place in one.bound.items()},
        {name: value for one in each for name, value in one.environment.items()},
    )


def _opencl(_: str) -> Lent | None:
    """The loader, and pocl's file among those of its platforms; others are not shown: they may be a real GPU's, which no phone has."""
    loader, file = _library("libOpenCL.so.1"), pocl.platform()
    if loader is None or file is None:
        return None
    variables = {"OCL_ICD_VENDORS": f"/vendor/etc/OpenCL/{file.name}", "HWLOC_SYNTHETIC": _topology(), "PATH": "/usr/bin"}  # where its linker is
    return Lent({"vendor/lib64/libOpenCL.so": str(loader)}, {"vendor/etc/OpenCL": pocl.VENDORS}, variables)


def _topology() -> str:
    """Cores and memory, in hwloc's words: pocl reads them from /sys, and the phone's has those of another chip, and gives up."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return f"pack:1 [numa(memory={memory})] core:{len(os.sched_getaffinity(0))} pu:1"


def _gles(carried: str) -> Lent | None:
    """EGL, OpenGL ES and Mesa's driver for both; without a window system."""
    egl, gles, mesa = _library("libEGL.so.1"), _library("libGLESv2.so.2"), _library("libEGL_mesa.so.0")
    if egl is None or gles is None or mesa is None:
        return None
    links = {"system/lib64/libEGL.so": str(egl), "system/lib64/libGLESv2.so": str(gles), f"vendor/lib64/egl/libGLES_{carried}.so": str(mesa)}
    return Lent(links, {}, {"EGL_PLATFORM": "surfaceless", "LIBGL_ALWAYS_SOFTWARE": "1", "MESA_SHADER_CACHE_DISABLE": "true"})


def _vulkan(carried: str) -> Lent | None:
    """The loader and SwiftShader; the folder that this is in is shown where the phone does not see it already."""
    loader, described = _library("libvulkan.so.1"), swiftshader.driver()
    if loader is None or described is None:
        return None
    bound = {} if described.is_relative_to("/usr") else {"vendor/etc/vulkan": described.parent}
    folder = Path("/vendor/etc/vulkan") if bound else described.parent
    links = {"system/lib64/libvulkan.so": str(loader), f"vendor/lib64/hw/vulkan.{carried}.so": str(folder / swiftshader.LIBRARY)}
    return Lent(links, bound, {"VK_ICD_FILENAMES": str(folder / described.name), "VK_DRIVER_FILES": str(folder / described.name)})


def _nnapi(carried: str) -> Lent | None:
    """No driver: the accelerators' names, and a file where phones have NNAPI's library, so that the phone is seen to have it."""
    there = _library("libc.so.6")
    return Lent({"system/lib64/libneuralnetworks.so": str(there)}, {}, {"POCKETBENCH_NNAPI": carried}) if there else None


def _library(name: str) -> Path | None:
    """A library of the computer's, where its linker looks."""
    return next((folder / name for folder in _FOLDERS if (folder / name).exists()), None)


_LENT: dict[str, Callable[[str], Lent | None]] = {OPENCL: _opencl, GLES: _gles, VULKAN: _vulkan, NNAPI: _nnapi}
