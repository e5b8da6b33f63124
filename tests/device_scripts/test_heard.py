"""What is printed on standard error, heard and passed on."""

import os
import subprocess
import sys
from pathlib import Path

PROGRAM = """
import os, sys
sys.path.insert(0, sys.argv[1])
from heard import heard
os.write(2, b"before\\n")
lines = []
try:
    with heard(lines):
        os.write(2, "one ✓\\n".encode())
        print("two", file=sys.stderr)
        if sys.argv[2:] == ["raises"]:
            raise RuntimeError
        if sys.argv[2:] == ["dies"]:
            os.abort()
except RuntimeError:
    print("raised", file=sys.stderr)
os.write(2, b"after\\n")
print(lines)
"""
SAID = "before\none ✓\ntwo\n"


def run(project: Path, stderr: int, *words: str) -> "subprocess.CompletedProcess[bytes]":
    """Run the program with its standard error there."""
    return subprocess.run([sys.executable, "-c", PROGRAM, str(project / "device_scripts"), *words], stdout=subprocess.PIPE, stderr=stderr, check=False)


def test_a_file_is_heard_and_holds_everything_in_order(project: Path, tmp_path: Path) -> None:
    """Only what was printed in the block is heard."""
    with (tmp_path / "log").open("wb") as log:
        said = run(project, log.fileno())

    assert said.stdout.decode() == "['one ✓', 'two']\n"
    assert (tmp_path / "log").read_text() == SAID + "after\n"


def test_a_pipe_is_heard_and_gets_everything_in_order(project: Path) -> None:
    """What was kept meanwhile is passed on."""
    said = run(project, subprocess.PIPE)

    assert said.stdout.decode() == "['one ✓', 'two']\n"
    assert said.stderr.decode() == SAID + "after\n"


def test_it_is_heard_too_when_the_block_raises(project: Path) -> None:
    """That is when it is needed most."""
    said = run(project, subprocess.PIPE, "raises")

    assert said.stdout.decode() == "['one ✓', 'two']\n"
    assert said.stderr.decode() == SAID + "raised\nafter\n"


def test_nothing_of_a_log_file_is_lost_when_the_process_dies(project: Path, tmp_path: Path) -> None:
    """A driver that brings the process down leaves what it said."""
    with (tmp_path / "log").open("wb") as log:
        said = run(project, log.fileno(), "dies")

    assert said.returncode < 0
    assert (tmp_path / "log").read_text().startswith(SAID[: -len("two\n")])


def test_no_descriptor_is_left_open(project: Path) -> None:
    """A hundred times, and the next descriptor is the one it was."""
    program = (
        "import os, sys; sys.path.insert(0, sys.argv[1]); from heard import heard\nfirst = os.dup(1)\nfor _ in range(100):\n    with heard([]): pass\n"
        "print(os.dup(1) - first)"
    )
    for stderr in (subprocess.PIPE, os.open(os.devnull, os.O_WRONLY)):
        said = subprocess.run([sys.executable, "-c", program, str(project / "device_scripts")], stdout=subprocess.PIPE, stderr=stderr, check=True)
        assert said.stdout == b"1\n"
