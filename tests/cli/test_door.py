"""The door, as a process of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("numpy", "pandas", "matplotlib", "tensorflow", "keras", "torch", "ai_edge_litert", "sklearn", "PIL", "rich")


def pocketbench(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the command line in a folder."""
    return subprocess.run([sys.executable, "-m", "pocketbench", *words], cwd=folder, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize("words", [["--help"], ["plan", "SUITE"], ["run", "--help"]])
def test_help_and_plan_import_nothing_heavy(words: list[str], project: Path) -> None:
    """Neither numpy, pandas, matplotlib nor a framework is imported to answer them."""
    arguments = [str(project / "suites/digits.toml") if word == "SUITE" else word for word in words]
    program = (
        f"import sys; sys.argv[1:] = {arguments!r}\ntry:\n    from pocketbench.cli import main; main()\nfinally:\n    print(*sys.modules, file=sys.stderr)"
    )
    said = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert {name.partition(".")[0] for name in said.stderr.split()} & set(HEAVY) == set()


@pytest.mark.parametrize("command", ["doctor", "devices", "init", "plan", "convert", "run", "page", "report", "app", "cache"])
def test_every_command_has_help_with_an_example(command: str, tmp_path: Path) -> None:
    """``--help`` shows what to type."""
    said = pocketbench(command, "--help", folder=tmp_path)

    assert said.returncode == 0
    assert f"  pocketbench {command}" in said.stdout


@pytest.mark.parametrize(
    ("words", "code", "message"),
    [
        (["run", "none.toml"], 2, "none.toml: cannot be read"),
        (["run", "none.keras"], 2, "none.keras"),
        (["run", "suite.toml", "--allow", "NOPE"], 2, "no flaw named 'NOPE'"),
        (["run", "suite.toml", "--device", "hots"], 3, "no device named 'hots'; known: host"),
        (["run", "suite.toml", "--budget", "soon"], 2, "--budget: 'soon' is not a duration"),
        (["run", "suite.toml", "--frobnicate"], 2, "No such option"),
        (["plan", "suite.toml", "--device", "moon:123"], 3, "no device named 'moon'"),
        (["report", "last"], 2, "there is no run in it"),
        (["run", "suite.toml", "--resume", "last"], 2, "there is no run in it"),
    ],
)
def test_a_mistake_is_a_message_an_exit_code_and_no_traceback(words: list[str], code: int, message: str, tmp_path: Path) -> None:
    """Whatever is mistyped, the user reads what is wrong, and nothing is left behind."""
    (tmp_path / "suite.toml").write_text('[suite]\nname = "s"\n[[model]]\nname = "m"\nsource = "zoo:digits-cnn"\n')
    said = pocketbench(*words, folder=tmp_path)

    assert said.returncode == code
    assert message in said.stderr
    assert "Traceback" not in said.stderr
    assert [file.name for file in tmp_path.iterdir()] == ["suite.toml"]


def test_plan_touches_nothing(tmp_path: Path, project: Path) -> None:
    """Jobs on stdout, the count on stderr, no file written."""
    said = pocketbench("plan", str(project / "suites/digits.toml"), folder=tmp_path)

    assert said.returncode == 0
    assert "digits-cnn/keras/tflite/int8/python.litert:xnnpack=off/cpu/t2@host" in said.stdout.splitlines()
    assert list(tmp_path.iterdir()) == []


def test_init_then_plan_works_for_a_zoo_model(tmp_path: Path) -> None:
    """What init prints as the next command is right."""
    made = pocketbench("init", "zoo:linear-regression", folder=tmp_path)
    *_, hint = made.stdout.splitlines()
    said = pocketbench(*hint.split()[2:], folder=tmp_path)

    assert hint == "next: pocketbench plan linear-regression.toml"
    assert all("@host" in line for line in said.stdout.splitlines())
    assert "linear-regression/keras/tflite/prune80+int8/python.litert/cpu/t1@host" in said.stdout.splitlines()


def test_devices_shows_the_host_and_its_conditions(tmp_path: Path) -> None:
    """The machine's own facts, each on a line."""
    said = pocketbench("devices", folder=tmp_path)

    assert said.stdout.startswith("host")
    assert "memory bytes" in said.stdout


def test_doctor_answers_and_names_every_lane(tmp_path: Path) -> None:
    """What is here and what is missing."""
    said = pocketbench("doctor", folder=tmp_path)

    assert said.returncode == 0
    assert "tflite" in said.stdout


def test_doctor_installs_nothing_where_that_is_forbidden(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether parts are missing or not, it answers at once, and well."""
    monkeypatch.setenv("POCKETBENCH_NO_INSTALL", "1")
    said = pocketbench("doctor", "--install", folder=tmp_path)

    assert (said.returncode, said.stderr) == (0, "")
    assert said.stdout.startswith(("every system part is here", "nothing is installed: POCKETBENCH_NO_INSTALL is set"))


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shell_completion_is_offered(shell: str, tmp_path: Path) -> None:
    """The line that --help shows gives a completion script."""
    said = subprocess.run(
        [Path(sys.executable).parent / "pocketbench"],
        env={"_POCKETBENCH_COMPLETE": f"{shell}_source", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert "_POCKETBENCH_COMPLETE" in said.stdout


def test_cache_size_and_clean_answer_on_an_empty_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cache can be looked at and emptied at any time."""
    monkeypatch.setenv("POCKETBENCH_CACHE", str(tmp_path / "cache"))

    assert str(tmp_path / "cache") in pocketbench("cache", "size", folder=tmp_path).stdout
    assert "freed 0 bytes" in pocketbench("cache", "clean", folder=tmp_path).stdout
