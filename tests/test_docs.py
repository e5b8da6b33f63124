"""What the documents tell people to type works; what they list is all there is."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from pocketbench import reasons, suite, trust

PROJECT = Path(__file__).parent.parent
DOCUMENTS = [PROJECT / "README.md", PROJECT / "CONTRIBUTING.md", *sorted((PROJECT / "docs").glob("*.md"))]


def blocks(document: Path, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return [token.content for token in MarkdownIt().parse(document.read_text(encoding="utf-8")) if token.type == "fence" and token.info == language]


def commands(document: Path) -> list[str]:
    """The lines of console blocks that begin with a dollar sign."""
    return [line.removeprefix("$ ") for block in blocks(document, "console") for line in block.splitlines() if line.startswith("$ ")]


@pytest.mark.slow
@pytest.mark.parametrize("command", [command for document in DOCUMENTS for command in commands(document)])
def test_every_command_shown_runs(command: str, tmp_path: Path) -> None:
    """Console blocks are run in a folder that has the suites, in order of appearance, each by itself."""
    (tmp_path / "suites").symlink_to(PROJECT / "suites")
    program, *words = shlex.split(command)
    assert program == "pocketbench"
    said = subprocess.run([sys.executable, "-m", "pocketbench", *words], cwd=tmp_path, capture_output=True, text=True, timeout=900, check=False)

    assert (said.returncode, said.stderr if said.returncode else "") == (0, "")


@pytest.mark.parametrize("text", [text for document in DOCUMENTS for text in blocks(document, "toml")])
def test_every_suite_shown_is_a_suite(text: str) -> None:
    """TOML blocks are whole suites without mistakes."""
    suite.parse(text, file="document", base=PROJECT)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: document.name)
def test_every_link_to_a_file_leads_somewhere(document: Path) -> None:
    """Relative links are to files that exist."""
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", document.read_text(encoding="utf-8"))

    assert [target for target in targets if not (document.parent / target).exists()] == []


def test_every_reason_and_flaw_is_documented_in_the_words_of_the_code() -> None:
    """The closed lists in the documents are the code's."""
    told = (PROJECT / "docs/reasons.md").read_text(encoding="utf-8")
    trusted = (PROJECT / "docs/trust.md").read_text(encoding="utf-8")

    assert [name for name, reason in reasons.REASONS.items() if f"| `{name}` | {reason.meaning} |" not in told] == []
    assert [name for name, flaw in trust.FLAWS.items() if f"| `{name}` | {flaw.meaning} |" not in trusted] == []


def test_the_readme_gives_the_two_commands_that_set_everything_up() -> None:
    """The demo and the tests, and CI runs the latter and nothing else."""
    readme = (PROJECT / "README.md").read_text(encoding="utf-8")
    setup = 'python3 -m venv .venv && .venv/bin/pip install "nox[uv]" && .venv/bin/nox -s '

    assert setup + "demo" in readme
    assert setup + "tests" in readme
    assert (PROJECT / ".ci/run").read_text(encoding="utf-8").splitlines()[-1] == setup + "tests"
