"""The look-alike of Android's libc, under a library that asks as Android's libraries ask."""

import re
import shutil
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from pocketbench import assets
from pocketbench.app_build import jdk
from pocketbench.simulator.inside import elf, natives, rules, source
from pocketbench.simulator.inside.closed_set import Wish
from pocketbench.simulator.inside.lookalike import SHARED, SOURCES, known, lookalikes
from pocketbench.simulator.inside.prepared import NotPrepared

HERE = Path(__file__).parent
pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc: sudo apt-get install gcc libc6-dev")]
# What Android's libraries would be linked against: names and a version, nothing behind them.
STUBS = {"libEGL.so": ("eglGetError",), "libandroid.so": ("AAssetManager_open",)}
_COMPILERS = re.compile(r"_GLOBAL_OFFSET_TABLE_|__[a-z]+tf[a-z0-9]*")  # of the compiler's own library
AS_BIONIC = (
    "streams", "recursive_mutexes", "numbers", "aligned_memory", "signal_sets", "sdk", "properties", "log_lines", "quads", "text", "wide_text", "libraries",
    "absent_drivers", "absent_assets",
)  # fmt: skip


@dataclass(frozen=True)
class Asking:
    """The library, the look-alikes under it, and what they do not answer."""

    library: Path
    lookalikes: tuple[Path, ...]
    refused: tuple[str, ...]

    def __call__(self, function: str, **variables: str) -> "subprocess.CompletedProcess[str]":
        """Call one of its functions."""
        words = [sys.executable, HERE / "asked.py", self.library, function, *self.lookalikes]
        return subprocess.run([str(word) for word in words], capture_output=True, text=True, timeout=60, check=False, env={"LC_ALL": "C", **variables})


def compiled(folder: Path, source: Path, name: str = "libasks.so") -> Path:
    """A library as Android's: it asks for names with the version LIBC of a libc.so that is not this computer's."""
    stubs = folder / "stubs"
    stubs.mkdir(exist_ok=True)
    (stubs / "script").write_text("LIBC { *; };\n")
    elsewhere = {name for names in STUBS.values() for name in names}
    _run("gcc", "-c", "-fPIC", "-fno-builtin", "-w", source, "-o", folder / "asks.o")
    said = _run("nm", "--undefined-only", "--format=posix", folder / "asks.o")
    asked = {line.split()[0] for line in said.splitlines() if not _COMPILERS.match(line)} - elsewhere
    for soname, names, flags in [("libc.so", asked, [f"-Wl,--version-script={stubs / 'script'}"]), *((name, names, []) for name, names in STUBS.items())]:
        (stubs / f"{soname}.c").write_text("".join(f"void {one}(void) {{}}\n" for one in sorted(names)))
        _run("gcc", "-shared", "-fPIC", "-fno-builtin", "-w", "-nostdlib", f"-Wl,-soname,{soname}", *flags, stubs / f"{soname}.c", "-o", stubs / soname)
    _run(
        "gcc",
        "-shared",
        "-nostdlib",
        f"-Wl,-soname,{name}",
        folder / "asks.o",
        *(stubs / soname for soname in ("libc.so", *STUBS)),
        "-lgcc",
        "-o",
        folder / name,
    )
    return folder / name


def _run(program: str, *words: str | Path) -> str:
    """Run one of the compiler's programs."""
    said = subprocess.run([shutil.which(program) or program, *map(str, words)], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    return said.stdout


@pytest.fixture(scope="module")
def asking(tmp_path_factory: pytest.TempPathFactory) -> Asking:
    """The library and its look-alikes, made once."""
    folder = tmp_path_factory.mktemp("asks")
    library, shim = compiled(folder, HERE / "asks.c"), folder / "shim"
    shim.mkdir()
    names, refused = lookalikes({library.name: elf.read(library)}, shim, folder)
    return Asking(library, tuple(shim / name for name in names), refused)


@pytest.mark.parametrize("function", AS_BIONIC)
def test_the_system_answers_as_bionic_does(asking: Asking, tmp_path: Path, function: str) -> None:
    """Also where glibc has other layouts, numbers or results."""
    (tmp_path / "properties").write_text("ro.product=\nro.product.model=P1\nro.build.version.sdk=34\n")
    said = asking(function, POCKETBENCH_PROPERTIES=str(tmp_path / "properties"))
    assert said.returncode == 0, said.stdout + said.stderr
    assert said.stdout == ("old\nnew 23\n" if function == "streams" else "")


def test_what_gets_no_answer_is_told(asking: Asking) -> None:
    """Assets are read by Java on this phone."""
    assert asking.refused == ("AAssetManager_open",)


def test_a_phone_with_nnapi_has_the_accelerators_that_are_named_and_by_itself_none(asking: Asking) -> None:
    """What is not here fails, as the NDK's header says a call fails."""
    assert asking("nnapi_without_an_accelerator", POCKETBENCH_DRIVERS="gles nnapi").returncode == 0
    assert asking("nnapi_without_an_accelerator", POCKETBENCH_DRIVERS="nnapid").returncode == 3
    assert asking("nnapi_with_two_accelerators", POCKETBENCH_DRIVERS="nnapi", POCKETBENCH_NNAPI="npu nnapi-sample_two").returncode == 0


def test_long_doubles_that_would_be_printed_wrongly_end_the_process_with_the_reason(asking: Asking) -> None:
    """They have 16 bytes of another form on Android."""
    for function, call in {"long_doubles": 'printf("%Lf")', "wide_long_doubles": 'swprintf("%5.2Lf")', "read_long_doubles": 'sscanf("%*d %Lf")'}.items():
        said = asking(function)
        assert said.returncode == -6
        assert f"F/libc: {call}: a long double" in said.stderr


def test_the_log_goes_to_its_socket_or_to_stderr(asking: Asking, tmp_path: Path) -> None:
    """With level, process, thread and tag."""
    assert asking("log_lines").stderr == "I/tflite: Replacing 7 out of 9 node(s)\n"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind(str(tmp_path / "log"))
        log.settimeout(10)
        assert asking("log_lines", POCKETBENCH_LOG=str(tmp_path / "log")).stderr == ""
        head, _, message = log.recv(5000).partition(b"\0")
    level, process, thread, tag = head.split(b" ")
    assert (level, tag, message) == (b"I", b"tflite", b"Replacing 7 out of 9 node(s)")
    assert int(process) == int(thread) > 1


def test_what_is_asked_can_be_watched(asking: Asking) -> None:
    """For whoever adds a library to the closed set."""
    assert "[lookalike] sysconf(0x27) -> 4096" in asking("numbers", POCKETBENCH_LOOKALIKE_TELLS="1").stderr


def test_the_sources_compile_without_a_warning(tmp_path: Path) -> None:
    """The computer's own compiler is told to keep them to itself."""
    wishes = [(Wish(name, None, elf.FUNCTION), rules.rule(Wish(name, None, elf.FUNCTION), known())) for name in ("eglGetError", "glClear", "AAsset_close")]
    (tmp_path / "libc.c").write_text(source.libc([(wish, rule) for wish, rule in wishes if rule]))
    strict = ("-c", "-fPIC", "-O2", "-Wall", "-Wextra", "-Werror", "-Wno-unused-parameter", f"-I{assets.find(SHARED)}", f"-I{assets.find(SOURCES)}")
    _run("gcc", *strict, "-fno-builtin", tmp_path / "libc.c", "-o", tmp_path / "libc.o")
    java = jdk.home()
    for file in sorted(assets.find(natives.SOURCES).glob("*.c")) if java else ():
        _run("gcc", *strict, f"-I{java}/include", f"-I{java}/include/linux", file, "-o", tmp_path / "native.o")


def test_a_library_that_asks_for_an_unknown_name_stops_the_build_with_both_names(tmp_path: Path) -> None:
    """Nothing is compiled then."""
    (tmp_path / "odd.c").write_text("extern int strfry(char *), mpx_secret(void);\nint odd(char *c) { return strfry(c) + mpx_secret(); }\n")
    library = compiled(tmp_path, tmp_path / "odd.c", "libodd.so")
    (tmp_path / "shim").mkdir()
    with pytest.raises(NotPrepared) as told:
        lookalikes({"libodd.so": elf.read(library)}, tmp_path / "shim", tmp_path)
    assert str(told.value) == (
        "INSTALL_FAILED_DEXOPT: its libraries ask for what is not here: libodd.so calls mpx_secret, which is nothing that this phone has; "
        "libodd.so calls strfry, which is in this computer's libc, but nobody has compared it with Android's"
    )
    assert not list((tmp_path / "shim").iterdir())
