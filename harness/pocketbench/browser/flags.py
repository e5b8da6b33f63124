"""Chromium's arguments: what it must leave alone, and what carries WebGL and WebGPU.

Where each comes from: Chromium's own lists of switches, and Chrome's "Supercharge Web AI model testing: WebGPU, WebGL, and
Headless Chrome" for a GPU in a browser without a screen. Playwright adds its own, among them a profile of its own and no
background work, no updates, no synchronisation.
"""

from collections.abc import Iterator
from pathlib import Path

# Nothing outside this computer has a name, so nobody is asked anything.
ALWAYS = ("--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1", "--disable-domain-reliability")
# cpu and wasm: no process for a GPU takes part.
PROCESSOR = ("--disable-gpu",)
# Without a screen Chromium draws in software unless it is told how else.
HARDWARE = ("--enable-unsafe-webgpu", "--ignore-gpu-blocklist", "--use-angle=vulkan", "--enable-features=Vulkan", "--disable-vulkan-surface")
# SwiftShader: WebGL falls back to it by itself, WebGPU must be told.
SOFTWARE = ("--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader")
# Where Linux shows a GPU's driver: the kernel's own, NVIDIA's, Windows' beneath.
GPUS = ("dri/renderD*", "nvidia[0-9]*", "dxg")


def gpus(devices: Path = Path("/dev")) -> Iterator[Path]:
    """The GPUs that a browser might reach, by the files of their drivers."""
    for pattern in GPUS:
        yield from sorted(devices.glob(pattern))
