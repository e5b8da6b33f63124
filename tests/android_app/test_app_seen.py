"""What a person sees of the app, and its door for a computer: on Android's own Java, as Robolectric runs it on a JVM."""

import os
import re
import subprocess
from pathlib import Path

import pytest

from app_core import FLAGS
from pocketbench.app_build import archives, compiled, parts, wished
from pocketbench.errors import ToolchainMissing

pytestmark = pytest.mark.slow

PACKAGE = "org.pocketbench.app"
SDK = "android-instrumented"
# Legacy: without native graphics and databases, which nothing here needs.
PROPERTIES = "sdk=35\ngraphicsMode=LEGACY\nsqliteMode=LEGACY\n"


@pytest.fixture(scope="module")
def jars() -> dict[str, Path]:
    """The parts that these tests need, archives opened. Skips them where there is nowhere to bring the parts from."""
    groups = ("core", "tests", "activity")
    try:
        files = dict(parts.brought(*groups, "build", "simulator"))
    except ToolchainMissing as error:
        pytest.skip(str(error))
    wanted = {part.name: part for part in (*parts.listed(*groups), *parts.listed("simulator")) if part.group in groups or part.name.startswith("asm-")}
    return {**files, **{name: archives.classes(part, files[part.name]) for name, part in wanted.items()}}


@pytest.fixture(scope="module")
def junit(project: Path, jars: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The words that start JUnit on the app, its resources and its tests, compiled. The app's engines are left out."""
    work = tmp_path_factory.mktemp("app")
    base = compiled.linked(wished.wished(["tflite"], ["x86_64"]), jars, None, work)
    classes, app = work / "classes", project / "android_app"
    sources = [
        *(app / "core").rglob("*.java"),
        *(app / "app/java/org/pocketbench/app").glob("*.java"),
        *(app / "app/java/org/pocketbench/app/page").glob("*.java"),
        *(app / "app_tests").rglob("*.java"),
        *(work / "gen").rglob("*.java"),
    ]
    classpath = os.pathsep.join(map(str, [classes, *(path for name, path in jars.items() if name not in (SDK, "android", "aapt2", "d8")), jars["android"]]))
    words = ["javac", "--release", "11", "-nowarn", "-proc:none", "-cp", classpath, "-d", str(classes), *map(str, sorted(sources))]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stderr[-4000:]
    (classes / "robolectric.properties").write_text(PROPERTIES, encoding="utf-8")
    config = classes / "com/android/tools/test_config.properties"
    config.parent.mkdir(parents=True)
    told = {"android_merged_manifest": app / "app/AndroidManifest.xml", "android_resource_apk": base, "android_custom_package": PACKAGE}
    config.write_text("".join(f"{key}={value}\n" for key, value in told.items()), encoding="utf-8")
    offline = ["-Drobolectric.offline=true", f"-Drobolectric.dependency.dir={jars[SDK].parent}", "-Djava.awt.headless=true"]
    return ["java", *FLAGS, *offline, "-cp", classpath, "org.junit.runner.JUnitCore"]


def test_the_tests_of_what_is_seen_pass(junit: list[str], project: Path) -> None:
    """JUnit runs every class whose name ends in Test."""
    tests = project / "android_app" / "app_tests"
    names = [".".join(path.relative_to(tests).with_suffix("").parts) for path in sorted(tests.rglob("*Test.java"))]
    ended = subprocess.run([*junit, *names], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, check=False)
    assert re.search(r"OK \(\d+ tests\)", ended.stdout), ended.stdout[-4000:]
