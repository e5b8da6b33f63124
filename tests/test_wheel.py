"""What is shipped."""

import subprocess
import zipfile
from pathlib import Path

import pytest
from uv import find_uv_bin

WANTED = [
    "pocketbench/py.typed",
    "pocketbench/templates/report.html.j2",
    "pocketbench/_assets/device_scripts/runner.py",
    "pocketbench/_assets/device_scripts/engines/litert.py",
    "pocketbench/_assets/android_app/protocol/order.schema.json",
    "pocketbench/_assets/android_app/parts.toml",
    "pocketbench/_assets/android_app/app/AndroidManifest.xml",
    "pocketbench/_assets/android_app/tools/org/pocketbench/tools/Sign.java",
    "pocketbench/_assets/suites/demo.toml",
]


@pytest.mark.slow
def test_a_wheel_holds_what_runs_on_devices_and_nothing_left_over(project: Path, tmp_path: Path) -> None:
    """Installed from a wheel, the harness finds its runners, suites and templates; no bytecode travels."""
    subprocess.run([find_uv_bin(), "build", "--wheel", "--quiet", "--out-dir", str(tmp_path), str(project)], check=True, timeout=300)
    names = zipfile.ZipFile(next(tmp_path.glob("*.whl"))).namelist()

    assert [name for name in WANTED if name not in names] == []
    assert [name for name in names if "__pycache__" in name or name.startswith("tests/")] == []
