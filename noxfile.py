"""Sessions: ``demo`` runs the main job, ``tests`` is what CI runs, ``bench`` measures the harness itself."""

import shutil
import tempfile
from pathlib import Path

import nox

nox.options.default_venv_backend = "uv"
nox.options.sessions = ["tests"]
nox.options.reuse_existing_virtualenvs = True

HERE = Path(__file__).parent


def _install(session: nox.Session) -> None:
    """Install pinned, hash-checked packages, then the project itself, editable."""
    # Dozens of short processes start in a session: without bytecode each compiles its imports anew.
    session.env["PYTHONDONTWRITEBYTECODE"] = ""
    session.install("--require-hashes", "-r", "constraints.txt", silent=False)
    session.install("--no-deps", "-e", ".")


def _parts(session: nox.Session, *, required: bool) -> None:
    """Bring the parts of the system that engines need, where that may be done; say what to type elsewhere."""
    session.run("pocketbench", "doctor", "--install", success_codes=[0] if required else [0, 2])


def _demo(session: nox.Session) -> None:
    """Run the demo suite, on the phone in the app alone: the table on the screen, then the path of the report."""
    where = [word for device in ("host", "browser", "sim") for word in ("--device", device)]
    which = [word for glob in ("@host", "@browser", "app.*") for word in ("--only", glob)]
    session.run("pocketbench", "run", "suites/demo.toml", *where, *which, *session.posargs)


def _page(session: nox.Session) -> None:
    """Lint and types of the page that runs in browsers, in a copy: its packages have no place among the sources."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree("device_scripts/web", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("node_modules"))
        with session.chdir(folder):
            session.run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
            session.run("npm", "run", "lint")
            session.run("npm", "run", "types")


def _pytest(session: nox.Session, env: dict[str, str]) -> None:
    """Every test, two files at a time; what fails is run once more with nothing beside it, and must pass then. Both are in the log."""
    everything = ("pytest", "-m", "slow or not slow", "--durations=20")
    session.run(*everything, "--cache-clear", "-n", "2", "--dist", "loadfile", env=env, success_codes=[0, 1])
    session.run(*everything, "--last-failed", "--last-failed-no-failures", "none", env=env, success_codes=[0, 5])  # 5: there was nothing to run


@nox.session
def demo(session: nox.Session) -> None:
    """Set everything up, train the models, convert, measure on this computer and in its browser, and write the report."""
    _install(session)
    _parts(session, required=False)
    _demo(session)


@nox.session
def tests(session: nox.Session) -> None:
    """Lint, types, floors, every test, then the demo."""
    _install(session)
    session.run("ruff", "format", "--check", ".")
    session.run("ruff", "check", ".")
    session.run("mypy")
    session.run("lint-imports")
    _page(session)
    _parts(session, required=True)
    # Where all parts are here, no test may be skipped for want of one.
    whole = "every system part is here" in str(session.run("pocketbench", "doctor", "--install", silent=True))
    _pytest(session, {"POCKETBENCH_REQUIRE_PARTS": "1"} if whole else {})
    _demo(session)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure the harness: ratios on the screen and as JSON in results/bench/."""
    _install(session)
    session.run("python", "-m", "benchmarks.harness", *session.posargs)


@nox.session(default=False)
def lock(session: nox.Session) -> None:
    """Write constraints.txt anew from pyproject.toml, with hashes and without host names."""
    session.install("uv")
    session.run(
        "uv", "pip", "compile", "pyproject.toml", "--extra=all", "--extra=dev", "--python-version=3.11", "--python-platform=x86_64-manylinux_2_28",
        "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links", "--quiet", "--custom-compile-command=nox -s lock", "--output-file=constraints.txt",
    )  # fmt: skip
    for wanted in sorted(Path("harness/pocketbench/environments").glob("*.in")):
        mended = wanted.with_suffix(".override")
        session.run(
            "uv", "pip", "compile", str(wanted), *([f"--override={mended}"] if mended.exists() else []), "--python-version=3.11",
            "--python-platform=x86_64-manylinux_2_28", "--generate-hashes", "--no-emit-index-url", "--no-emit-find-links",
            "--quiet", "--custom-compile-command=nox -s lock", f"--output-file={wanted.with_suffix('.txt')}",
        )  # fmt: skip


@nox.session(default=False)
def schemas(session: nox.Session) -> None:
    """Write the published JSON Schemas anew from the code."""
    _install(session)
    session.run("python", "docs/schemas/write.py")
