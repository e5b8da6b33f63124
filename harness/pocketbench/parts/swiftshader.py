"""SwiftShader: a Vulkan driver that runs on the processor, so that GPU code works where there is no GPU. Chromium brings one."""

from pathlib import Path

from pocketbench.parts import PARTS, Part

LIBRARY = "libvk_swiftshader.so"
DRIVER = "vk_swiftshader_icd.json"
# Debian's chromium-common, Google's own package, Ubuntu's snap.
FOLDERS = (Path("/usr/lib/chromium"), Path("/opt/google/chrome"), Path("/snap/chromium/current/usr/lib/chromium-browser"))


def driver() -> Path | None:
    """The file that describes the driver to a Vulkan loader, beside the driver itself; None when there is none."""
    return next((folder / DRIVER for folder in FOLDERS if (folder / DRIVER).is_file() and (folder / LIBRARY).is_file()), None)


def present() -> bool:
    """Whether a Chromium with its driver is installed."""
    return driver() is not None


PARTS.add(
    Part(
        "swiftshader", "a Vulkan driver in software: runs GPU code where there is no GPU, slowly",
        ("litert on the GPU and ncnn on Vulkan, where there is no GPU",), present,
        packages={"debian": ("chromium-common",), "ubuntu": ()}, elsewhere="install Chromium or Google Chrome (Ubuntu: snap install chromium)",
    )
)  # fmt: skip
