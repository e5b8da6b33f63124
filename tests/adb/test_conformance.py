"""The wire against AOSP's own adbd, where it can be had: the same tests as against the simulated board."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import debian_adbd
import far_end

pytestmark = pytest.mark.slow


def test_the_tests_of_the_wire_pass_against_the_real_adbd(tmp_path: Path) -> None:
    """Those that break nothing on request: commands, files, ports, deadlines."""
    if far_end.VARIABLE in os.environ:
        pytest.skip("this is that run")
    here = Path(__file__).parent
    tests = [str(file) for file in sorted(here.glob("test_*.py")) if file != Path(__file__)]
    wanted = [sys.executable, "-m", "pytest", "-q", "-m", "slow or not slow", "-p", "no:cacheprovider", f"--basetemp={tmp_path / 'run'}", *tests]
    (tmp_path / "root").mkdir()
    command = debian_adbd.inside(tmp_path / "root", debian_adbd.fetched(), wanted)
    environment = {**os.environ, far_end.VARIABLE: f"127.0.0.1:{debian_adbd.PORT}"}
    said = subprocess.run(command, cwd=here.parent.parent, env=environment, capture_output=True, text=True, timeout=300, check=False)
    if "unshare failed" in said.stderr or "Operation not permitted" in said.stderr:
        pytest.skip(f"no namespaces here: {said.stderr.strip().splitlines()[0]}")

    assert said.returncode == 0, said.stdout + said.stderr
    assert int(said.stdout.rpartition(" passed")[0].split()[-1]) > 40, said.stdout
