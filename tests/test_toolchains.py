"""Lanes, pins, versions and worker environments."""

import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from pocketbench import toolchains
from pocketbench.errors import UnknownName


def write_distribution(site: Path, name: str, version: str, *lines: str) -> None:
    """Lay a distribution's metadata into a folder that Python imports from."""
    info = site / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("\n".join(["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}", *lines]) + "\n")


def ask(site: Path, expression: str) -> str:
    """Evaluate an expression about toolchains in a Python that sees only ``site`` and the package's own source."""
    places = [str(site), str(Path(toolchains.__file__).parent.parent), str(metadata.distribution("packaging").locate_file(""))]
    program = f"import sys; sys.path[:0] = {places[:2]!r}; sys.path.append({places[2]!r}); from pocketbench import toolchains; print({expression})"
    said = subprocess.run([sys.executable, "-S", "-P", "-c", program], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    return said.stdout.strip()


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """An installation whose one lane wants two packages, one there in another version, one absent."""
    write_distribution(
        tmp_path, "pocketbench", "9.9", "Provides-Extra: birds", "Provides-Extra: all", "Provides-Extra: dev", "Requires-Dist: packaging>=24",
        'Requires-Dist: heron==2.1; extra == "birds"', 'Requires-Dist: no-such-bird==1.0; extra == "birds"',
        'Requires-Dist: pocketbench[birds]; extra == "all"', 'Requires-Dist: ruff; extra == "dev"',
    )  # fmt: skip
    write_distribution(tmp_path, "heron", "2.0")
    return tmp_path


def test_the_lanes_are_the_extras_of_the_project(project: Path) -> None:
    """Names and pins are written once, in pyproject.toml."""
    extras = tomllib.loads((project / "pyproject.toml").read_text())["project"]["optional-dependencies"]

    for name, required in toolchains.lanes().items():
        assert {str(Requirement(line)) for line in extras[name]} == {f"{requirement.name}{requirement.specifier}" for requirement in required}
    assert set(toolchains.lanes()) == set(extras) - {"all", "dev"}


def test_a_lane_without_a_package_says_which(site: Path) -> None:
    """A package in another version is there."""
    assert ask(site, "toolchains.missing('birds')") == "('no-such-bird',)"


def test_a_package_in_another_version_than_its_pin_is_told(site: Path) -> None:
    """With both versions."""
    assert ask(site, "toolchains.mismatched('birds')") == "('heron 2.0 instead of ==2.1',)"


def test_what_is_no_lane_of_its_own_is_not_listed(site: Path) -> None:
    """Neither everything together nor the developers' tools, nor what plain pocketbench needs."""
    assert ask(site, "{name: [r.name for r in rs] for name, rs in toolchains.lanes().items()}") == "{'birds': ['heron', 'no-such-bird']}"


def test_the_installed_lane_lacks_nothing() -> None:
    """These tests run with every lane installed."""
    assert toolchains.missing(*toolchains.lanes()) == ()
    assert [toolchains.mismatched(lane) for lane in toolchains.lanes()] == [()] * len(toolchains.lanes())


def test_a_name_that_is_no_lane_needs_nothing() -> None:
    """A format without packages of its own can always be had."""
    assert toolchains.missing("source") == ()


def test_the_line_to_type_installs_the_lane() -> None:
    """Quoted, so that a shell leaves the brackets alone."""
    assert toolchains.line_to_type("tflite") == 'pip install "pocketbench[tflite]"'


def test_versions_are_the_installed_ones_and_empty_for_what_is_absent() -> None:
    """In the order asked for."""
    versions = toolchains.versions(("numpy", "no-such-package"))

    assert list(versions.items()) == [("numpy", metadata.version("numpy")), ("no-such-package", "")]


def test_looking_imports_no_framework() -> None:
    """Planning asks, and answers at once."""
    program = (
        "import sys; from pocketbench import toolchains; toolchains.missing('tflite'); print([m for m in ('numpy', 'tensorflow', 'keras') if m in sys.modules])"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert said.stdout.strip() == "[]"


def test_a_toolchain_names_a_lane_and_its_environment() -> None:
    """TensorFlow is kept off the GPU, and Keras 3 on TensorFlow, whatever the user's shell says."""
    tensorflow = toolchains.TOOLCHAINS.get("tensorflow")

    assert set(tensorflow.lanes) <= set(toolchains.lanes())
    assert tensorflow.environment["CUDA_VISIBLE_DEVICES"] == "-1"
    assert tensorflow.environment["KERAS_BACKEND"] == "tensorflow"
    with pytest.raises(UnknownName, match="no toolchain named 'torchh'"):
        toolchains.TOOLCHAINS.get("torchh")
