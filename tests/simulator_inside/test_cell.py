"""What a cell keeps a stranger's files from, and how work in one ends."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from dex_made import DEX

from pocketbench.errors import PocketbenchError
from pocketbench.simulator.inside import cell, jvm, signed
from pocketbench.simulator.inside.cell import Task
from pocketbench.simulator.inside.prepared import NotPrepared

pytestmark = pytest.mark.slow
CELLED = Path(__file__).parent / "celled.py"


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """The words that begin a cell with a folder that is shown and one to write to, beside a file that is not shown."""
    for name in ("shown", "folder"):
        (tmp_path / name).mkdir()
    for name in ("shown/file", "hidden"):
        (tmp_path / name).write_text("secret")
    return [sys.executable, str(CELLED), str(tmp_path / "shown"), str(tmp_path / "folder"), str(tmp_path / "hidden")]


def task(folder: Path, apk: Path) -> Task:
    """Work that takes a moment."""
    try:
        path = tuple(map(str, signed.tools()))
    except PocketbenchError as error:
        pytest.skip(f"no APK is verified here: {error}")
    return Task(do="verify", apk=str(apk), folder=str(folder), java=str(jvm.home()), path=path, sdk=34, name="base.apk")


def test_only_what_is_shown_is_read_and_only_the_folder_is_written_to(words: list[str], tmp_path: Path) -> None:
    """There is no network, no other process, no way to more rights, and a bound for files and memory."""
    said = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert said.returncode == 0, said.stderr
    assert json.loads(said.stdout) == {
        "read_shown": "secret", "write_shown": "OSError", "read_hidden": "FileNotFoundError", "write_root": "OSError", "write_programs": "OSError",
        "network": "OSError", "others": "ProcessLookupError", "large_file": "OSError", "much_memory": "MemoryError", "limit": "ValueError",
        "be_root": "OSError", "mount": "PermissionError",
    }  # fmt: skip
    assert (tmp_path / "folder/made").read_text() == "made"
    assert (tmp_path / "shown/file").read_text() == "secret"


def test_all_that_runs_in_a_cell_ends_with_the_one_who_began_it(words: list[str]) -> None:
    """However that ends."""
    with subprocess.Popen([*words, "stay"], stdout=subprocess.PIPE) as begun:
        assert begun.stdout
        assert begun.stdout.readline()
        (worker,) = Path(f"/proc/{begun.pid}/task/{begun.pid}/children").read_text().split()
        begun.send_signal(signal.SIGKILL)
        assert begun.stdout.read() == b""  # its end of the pipe is closed when the last has ended
        assert not alive(worker)


def alive(pid: str) -> bool:
    """Whether a process is there, and has not just ended."""
    for _ in range(100):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1][0] == "Z":
                return False
        except OSError:
            return False
        time.sleep(0.05)
    return True


def test_work_that_takes_too_long_is_ended_with_a_clear_word(tmp_path: Path) -> None:
    """And a moment later nothing of it runs."""
    (tmp_path / "some.apk").write_bytes(DEX)
    with pytest.raises(NotPrepared, match=r"it took more than 0\.05 s"):
        cell.done(task(tmp_path, tmp_path / "some.apk"), deadline_s=0.05)
    assert not [pid for pid in map(int, filter(str.isdecimal, os.listdir("/proc"))) if f"{tmp_path}/some.apk" in command(pid)]  # noqa: PTH208


def command(pid: int) -> str:
    """A process's command, "" when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace")
    except OSError:
        return ""


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("MALFORMED: no end", "INSTALL_PARSE_FAILED_NOT_APK: Failed to parse /b.apk"),
        ("JAR_SIG_NO_MANIFEST: Missing META-INF/MANIFEST.MF", "Failed to collect certificates from /b.apk: Attempt to get length of null array"),
        (
            "V2_SIG_APK_DIGEST_DID_NOT_VERIFY: APK integrity check failed. CHUNKED_SHA512 digest mismatch.",
            "Failed to collect certificates from /b.apk using APK Signature Scheme v2: SHA-512 digest of contents did not verify",
        ),
        ("V3_SIG_NO_SIGNATURES: No signatures", "Failed to collect certificates from /b.apk using APK Signature Scheme v3: No signatures"),
        ("MIN_SIG_SCHEME_FOR_TARGET_SDK_NOT_MET: x", "Scanning Failed.: No signature found in package of version 2 or newer for package a.b"),
        ("", "Failed to collect certificates from /b.apk: no word"),
    ],
)
def test_what_the_verifier_says_is_told_in_the_package_managers_words(said: str, why: str) -> None:
    """With the phone's own name of the file."""
    assert str(signed.refusal(said.splitlines(), "a.b", "/b.apk")).removeprefix("INSTALL_PARSE_FAILED_NO_CERTIFICATES: ") == why
