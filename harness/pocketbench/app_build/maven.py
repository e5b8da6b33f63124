"""Files from Maven repositories, by the user's own mvn and its settings."""

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from pocketbench import cache
from pocketbench.errors import ToolchainMissing

PLUGIN = "3.6.1"  # of maven-dependency-plugin: pinned, for which one Maven takes by itself depends on its version
DEADLINE_S = 1800.0
HINT = "apt-get install maven openjdk-17-jdk-headless"
MAX_MESSAGE = 500

_POM = """<project>
<modelVersion>4.0.0</modelVersion><groupId>pocketbench</groupId><artifactId>parts</artifactId><version>1</version><packaging>pom</packaging>
<build><plugins><plugin>
<groupId>org.apache.maven.plugins</groupId><artifactId>maven-dependency-plugin</artifactId><version>{plugin}</version>
<configuration><outputDirectory>{folder}</outputDirectory><artifactItems>
{items}
</artifactItems></configuration>
</plugin></plugins></build>
</project>
"""


def program() -> str | None:
    """Where mvn is, or None."""
    return shutil.which("mvn")


def file_of(coordinate: str) -> str:
    """The name that a coordinate's file has: ``"a.b:c:1.0:aar"`` is ``c-1.0.aar``."""
    _, artifact, version, kind, classifier = _words(coordinate)
    return f"{artifact}-{version}{f'-{classifier}' if classifier else ''}.{kind}"


def copy(coordinates: Sequence[str], folder: Path) -> None:
    """Copy the files of coordinates, without what those depend on, into a folder that is there. Raises ToolchainMissing in Maven's words."""
    found = program()
    if found is None:
        raise ToolchainMissing("parts of the Android app come by Maven, and there is no mvn", hint=HINT)
    pom = folder / "pom.xml"
    pom.write_text(_POM.format(plugin=PLUGIN, folder=escape(str(folder)), items="\n".join(map(_item, coordinates))), encoding="utf-8")
    _run([found, "--batch-mode", "--no-transfer-progress", "--file", str(pom), "dependency:copy"])


def _words(coordinate: str) -> tuple[str, str, str, str, str]:
    """Group, artifact, version, type and classifier."""
    group, artifact, version, *rest = coordinate.split(":")
    kind, classifier = (*rest, "jar", "")[:2] if not rest else (*rest, "")[:2]
    return group, artifact, version, kind, classifier


def _item(coordinate: str) -> str:
    """One file, as the plugin is told of it."""
    names = ("groupId", "artifactId", "version", "type", "classifier")
    words = [*zip(names, _words(coordinate), strict=True), ("destFileName", file_of(coordinate))]
    return f"<artifactItem>{''.join(f'<{name}>{escape(word)}</{name}>' for name, word in words if word)}</artifactItem>"


def _run(command: Sequence[str]) -> None:
    """Run mvn, which cannot ask anything."""
    hint = f"with a network, run it again: it is brought once and kept in {cache.root()}"
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
            timeout=DEADLINE_S, check=False, env={**os.environ, "NO_COLOR": "1"},
        )  # fmt: skip
    except subprocess.TimeoutExpired as error:
        raise ToolchainMissing(f"Maven was still busy after {DEADLINE_S:g} s", hint=hint) from error
    if ended.returncode != 0:
        said = [line.partition("]")[2].strip() for line in ended.stdout.splitlines() if "ERROR" in line]
        raise ToolchainMissing(
            f"Maven could not bring parts of the app: {(said or ended.stdout.splitlines() or ['no word'])[0]}"[:MAX_MESSAGE], hint=hint, log=ended.stdout
        )
