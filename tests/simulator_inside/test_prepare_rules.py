"""What an app's libraries want of Android's system, and what each wish becomes."""

import re
from pathlib import Path

import pytest
from elf_made import Made, has, wants

from pocketbench import assets
from pocketbench.simulator.inside import elf, rules, source
from pocketbench.simulator.inside.closed_set import Wish, closed_set, order
from pocketbench.simulator.inside.elf import Elf
from pocketbench.simulator.inside.rules import Known

KNOWN = Known(frozenset({"sysconf", "fwrite"}), frozenset({"malloc", "sin", "environ"}), {"malloc": 2, "sin": 10, "environ": 1, "strfry": 2})
SOURCES = assets.find("android_app/simulated/libc")


def libraries(folder: Path, *made: Made) -> dict[str, Elf]:
    """The libraries, by their files' names."""
    for one in made:
        (folder / one.soname).write_bytes(one.data())
    return {one.soname: elf.read(folder / one.soname) for one in made}


def test_what_one_library_of_the_set_has_is_not_asked_of_the_system(tmp_path: Path) -> None:
    """C++ is from the library that carries it; the rest is asked for with a version."""
    engine = Made("libengine.so", ("libc.so", "libc++_shared.so"), (*wants("malloc"), *wants("_ZnLater", "helper", version=None)))
    runtime = Made("libc++_shared.so", ("libc.so",), (*wants("free"), *has("helper", "_ZnNow")))
    found = closed_set(libraries(tmp_path, engine, runtime))
    assert [(wish.name, wish.version, wish.users) for wish in found.wishes] == [("free", "LIBC", ["libc++_shared.so"]), ("malloc", "LIBC", ["libengine.so"])]
    assert found.system == {"libc.so": frozenset({"LIBC"})}
    assert found.problems == ()


def test_a_name_is_weak_only_when_all_can_do_without_it(tmp_path: Path) -> None:
    """One that must have it decides."""
    one = Made("libone.so", symbols=wants("maybe", "perhaps", weak=True))
    two = Made("libtwo.so", symbols=wants("maybe"))
    assert {wish.name: wish.weak for wish in closed_set(libraries(tmp_path, one, two)).wishes} == {"maybe": False, "perhaps": True}


def test_libraries_are_loaded_after_those_that_they_need(tmp_path: Path) -> None:
    """Also where two need each other."""
    top = Made("liba.so", ("libc.so", "libz1.so"))
    middle = Made("libz1.so", ("libz2.so", "liba.so"))
    last = Made("libz2.so", ("libc.so",))
    assert order(libraries(tmp_path, top, middle, last)) == ("libz2.so", "libz1.so", "liba.so")


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (Made("libx.so", ("libc.so", "libcamera2ndk.so")), "libx.so needs libcamera2ndk.so, which the phone does not have"),
        (Made("libx.so", tags={0x6FFFE000: 0}), "libx.so: packed relocations (DT_ANDROID_RELR)"),
        (Made("libx.so", thread_local=True), "libx.so: a thread-local segment, which bionic and glibc place differently"),
        (Made("libx.so", versions=(("libc.so", ('LIBC"\n.incbin',)),)), "libx.so: version 'LIBC\"\\n.incbin' of libc.so"),
    ],
)
def test_what_bars_a_library_is_said_with_its_name(tmp_path: Path, made: Made, words: str) -> None:
    """And never written into source code."""
    assert closed_set(libraries(tmp_path, made)).problems == (words,)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sysconf", "own"), ("malloc", "jump"), ("sin", "jump"), ("glGetIntegeri_v", "forward"), ("eglGetError", "forward"), ("AAsset_close", "refused"),
        ("été", None), ("environ", None), ("strfry", None), ("unheard_of", None), ('malloc"\n.incbin "/etc/passwd', None),
        ("glX; nop", None), ("AAsset\n", None),
    ],
)  # fmt: skip
def test_every_name_has_one_rule_or_none_and_none_when_it_is_not_one_of_c(name: str, expected: str | None) -> None:
    """Names come from the APK, and are written into assembly."""
    assert rules.rule(Wish(name, "LIBC", 2, weak=False), KNOWN) == expected


def test_a_version_that_is_not_plain_has_no_rule_whichever_library_it_is_of(tmp_path: Path) -> None:
    """Versions of the app's own libraries are anybody's, and are written into assembly."""
    version = 'X\\n.incbin \\"/etc/passwd\\"'
    made = Made("libx.so", symbols=wants("malloc", version=version), versions=(("libc.so", ("LIBC",)), ("libx.so", (version,))))
    (wish,) = closed_set(libraries(tmp_path, made)).wishes
    assert rules.rule(wish, KNOWN) is None
    assert rules.why_not(wish, KNOWN) == f"libx.so calls malloc of version {version!r}, which no system has"


def test_a_name_that_is_asked_for_with_two_versions_has_one_label() -> None:
    """Old libraries ask without any; an assembler takes no label twice."""
    asked = [(Wish(name, version, 2), rules.rule(Wish(name, version, 2), KNOWN)) for name in ("malloc", "glFlush") for version in ("LIBC", None)]
    text = source.libc([(wish, rule) for wish, rule in asked if rule is not None])
    assert [text.count(line) for line in ("jump_malloc: endbr64", "to_glFlush: endbr64", "void *forward_glFlush =")] == [1, 1, 1]


def test_a_weak_name_that_nobody_has_stays_null_and_one_that_nobody_compared_is_refused() -> None:
    """A phone without it has null there too; glibc's own would be taken for bionic's."""
    assert rules.rule(Wish("unheard_of", "LIBC", 2, weak=True), KNOWN) == "weak"
    assert rules.rule(Wish("strfry", "LIBC", 2, weak=True), KNOWN) is None


def test_a_name_without_a_rule_is_told_with_its_library_and_why() -> None:
    """However long it is."""
    wish = Wish("strfry", "LIBC", 2, weak=False, users=["libx.so"])
    assert rules.why_not(wish, KNOWN) == "libx.so calls strfry, which is in this computer's libc, but nobody has compared it with Android's"
    assert rules.why_not(Wish("n" * 5000, "LIBC", 2, users=["libx.so"]), KNOWN).endswith("which is nothing that this phone has")


def test_no_function_is_both_written_by_hand_and_allowed_as_it_is() -> None:
    """Else one of the two is not true."""
    own, same = rules.own_names(SOURCES), rules.same_names(SOURCES / "same_abi.txt")
    assert not own & same
    assert {"dlopen", "__system_property_get", "pthread_mutex_lock", "stdin", "__sF", "android_set_abort_message"} <= own
    assert len(own) > 60
    assert len(same) > 290


def test_the_allow_list_has_no_streams_no_long_doubles_and_no_signal_sets() -> None:
    """Which are not the same in both."""
    same = rules.same_names(SOURCES / "same_abi.txt")
    assert not same & {"fprintf", "fputs", "fclose", "fflush", "sigaction", "sigprocmask", "sysconf", "strtold", "getaddrinfo", "memalign", "pathconf"}


def test_every_subject_of_the_look_alike_is_in_its_source() -> None:
    """A file that nobody includes would look as if it counted."""
    files = {file.name: file.read_text(encoding="utf-8") for file in SOURCES.glob("*.h")}
    included = {name for text in files.values() for name in re.findall(r'^#include "(\w+\.h)"', text, re.MULTILINE)}
    assert {f"{name}.h" for name in source.HEADERS} | included >= set(files)
