"""pocl: OpenCL on the processor."""

from ctypes.util import find_library
from pathlib import Path

from pocketbench.parts import PARTS, Part

VENDORS = Path("/etc/OpenCL/vendors")


def platform() -> Path | None:
    """The file that names the platform to OpenCL's loader; None where there is none."""
    return next(iter(sorted(VENDORS.glob("pocl*.icd"))), None)


def present() -> bool:
    """Whether loader and platform are here."""
    return find_library("OpenCL") is not None and platform() is not None


PARTS.add(
    Part(
        "pocl", "OpenCL in software", ("TensorFlow Lite's GPU delegate through OpenCL on the simulated phone",), present,
        packages={"debian": ("pocl-opencl-icd", "ocl-icd-libopencl1")}, elsewhere="install pocl and an OpenCL loader (Fedora: pocl, ocl-icd)",
    )
)  # fmt: skip
