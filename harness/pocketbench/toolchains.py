"""What this installation has: lanes (the extras of the package) and the environments of worker processes.

Lanes and their pins are read from the installed distribution's own metadata, so they are written once, in pyproject.toml.
Nothing is imported to find out what is installed.
"""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import metadata
from typing import TYPE_CHECKING

from pocketbench.registry import Registry

if TYPE_CHECKING:
    from packaging.requirements import Requirement

DISTRIBUTION = "pocketbench"
NOT_LANES = ("all", "dev")


@dataclass(frozen=True, slots=True)
class Toolchain:
    """What a worker process of one kind is made of.

    ``lanes`` are the extras that install it (none when plain pocketbench does), ``environment`` its environment variables,
    ``preload`` the modules imported before its first task, so that seeds reach them from the first task on. ``own`` names
    the environment of its own whose Python it runs on, "" for the harness's.
    """

    name: str
    lanes: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    preload: tuple[str, ...] = ("numpy",)
    own: str = ""


TOOLCHAINS: Registry[Toolchain] = Registry("toolchain")
TOOLCHAINS.add(Toolchain("plain"))
_TENSORFLOW = {
    "KERAS_BACKEND": "tensorflow",
    "TF_CPP_MIN_LOG_LEVEL": "2",
    # oneDNN chooses its kernels by processor: without it the same training gives the same weights on more computers.
    "TF_ENABLE_ONEDNN_OPTS": "0",
    # A trained or converted model must not depend on whether this computer has a GPU.
    "CUDA_VISIBLE_DEVICES": "-1",
}
TOOLCHAINS.add(Toolchain("tensorflow", lanes=("tflite",), environment={**_TENSORFLOW, "TF_USE_LEGACY_KERAS": "0"}, preload=("numpy", "tensorflow", "keras")))
# The model optimisation toolkit makes tf.keras be tf_keras for the whole process, so it has one of its own.
TOOLCHAINS.add(
    Toolchain("tfmot", lanes=("tflite",), environment={**_TENSORFLOW, "TF_USE_LEGACY_KERAS": "1"}, preload=("numpy", "tensorflow", "keras", "tf_keras"))
)
_TORCH = {"KERAS_BACKEND": "torch", "CUDA_VISIBLE_DEVICES": "-1"}
# Keras models become torch modules here, too; Keras is imported when the first one comes.
for _name, _lanes in (("torch", ("torch",)), ("torch-onnx", ("torch", "onnx")), ("torch-ncnn", ("torch", "ncnn"))):
    TOOLCHAINS.add(Toolchain(_name, lanes=_lanes, environment=_TORCH, preload=("numpy", "torch")))
TOOLCHAINS.add(Toolchain("onnx", lanes=("onnx",)))
# TensorFlow.js' converter and onnx2tf pin an older TensorFlow. What comes from torch comes as ONNX.
_TFJS = {**_TENSORFLOW, "TF_USE_LEGACY_KERAS": "0"}
TOOLCHAINS.add(Toolchain("tfjs", lanes=("tfjs",), environment=_TFJS, preload=("numpy", "tensorflow", "keras"), own="tfjs"))
TOOLCHAINS.add(Toolchain("tfjs-onnx", lanes=("tfjs", "torch", "onnx"), environment=_TFJS, preload=("numpy", "tensorflow", "keras"), own="tfjs"))
# Where ready-made models of TensorFlow.js are opened and run: in Node.js.
TOOLCHAINS.add(Toolchain("tfjs-node", lanes=("tfjs",)))
# Where a framework's own models are made, opened and run.
OF_FRAMEWORK: Mapping[str, str] = {"keras": "tensorflow", "torch": "torch"}


@functools.cache
def lanes() -> Mapping[str, tuple["Requirement", ...]]:
    """Each lane's name and what it requires, as the extras of pyproject.toml pin it."""
    from packaging.requirements import Requirement

    about = metadata.distribution(DISTRIBUTION)
    required = [Requirement(line) for line in about.requires or ()]
    names = [name for name in about.metadata.get_all("Provides-Extra") or () if name not in NOT_LANES]
    return {name: tuple(requirement for requirement in required if _belongs(requirement, name)) for name in names}


def missing(*names: str) -> tuple[str, ...]:
    """The distributions of lanes that are not installed, in any version; none for a name that is no lane: it needs nothing more."""
    required = dict.fromkeys(requirement.name for name in names for requirement in lanes().get(name, ()))
    return tuple(name for name in required if not version(name))


def mismatched(lane: str) -> tuple[str, ...]:
    """The distributions of a lane that are installed in another version than its pin: ``"keras 3.13.2 instead of ==3.15.1"``."""
    present = [(requirement, version(requirement.name)) for requirement in lanes().get(lane, ())]
    return tuple(f"{wanted.name} {found} instead of {wanted.specifier}" for wanted, found in present if found and not wanted.specifier.contains(found, True))


def version(distribution: str) -> str:
    """The installed version of a distribution, "" when it is absent."""
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return ""


def versions(packages: Iterable[str]) -> dict[str, str]:
    """The installed version of each distribution, "" for an absent one, in the order given."""
    return {package: version(package) for package in packages}


def line_to_type(*names: str) -> str:
    """The command that installs lanes."""
    return f'pip install "{DISTRIBUTION}[{",".join(names)}]"'


def _belongs(requirement: "Requirement", lane: str) -> bool:
    """Whether a requirement is there because of a lane, and is not the package itself."""
    marker = requirement.marker
    return marker is not None and requirement.name != DISTRIBUTION and marker.evaluate({"extra": lane}) and not marker.evaluate({"extra": ""})
