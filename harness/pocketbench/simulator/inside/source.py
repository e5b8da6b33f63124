"""The source of a look-alike of Android's libc: what is there by hand, and for one closed set the jumps, forwards and names around it."""

from collections.abc import Sequence

from pocketbench.simulator.inside.closed_set import Wish
from pocketbench.simulator.inside.rules import Rule

# In this order: layouts come first, for the feature macro and because nothing else counts where they differ.
HEADERS = (
    "layouts", "telling", "refused", "streams", "printing", "quad", "numbers", "signals", "mutexes",
    "memory", "text", "phone", "nnapi", "opencl", "graphics", "loading",
)  # fmt: skip


def libc(ruled: Sequence[tuple[Wish, Rule]]) -> str:
    """The C source. Names must be C's, versions too: they are written as they are."""
    forwards = list(dict.fromkeys(wish.name for wish, rule in ruled if rule == "forward"))
    # One name may be asked for with several versions, or without: what stands at its label is written once.
    codes = [_code(name, rule) for name, rule in dict.fromkeys((wish.name, rule) for wish, rule in ruled)]
    lines = [line for some in (*codes, *(_export(wish, rule) for wish, rule in ruled)) for line in some]
    return "\n".join([
        *(f'#include "{name}.h"' for name in HEADERS),
        'void *__dso_handle __attribute__((visibility("hidden"))) = &__dso_handle;',
        *(f'__attribute__((visibility("hidden"))) void *forward_{name} = (void *){_absent(name)};' for name in forwards),
        *_found(forwards),
        '__asm__(".text\\n"', *(f'"{line}\\n"' for line in lines), ");", "",
    ])  # fmt: skip


def anchors(versions: Sequence[str]) -> str:
    """The C source of another system library: only the versions that are required of it; the functions themselves are found in libc's look-alike."""
    return "".join(f'int anchor_{version};\n__asm__(".symver anchor_{version},anchor@{version}");\n' for version in versions)


def version_script(versions: Sequence[str]) -> str:
    """The linker's script that makes versions."""
    return "".join(f"{version} {{ }};\n" for version in versions)


def target(name: str, rule: Rule) -> str:
    """The label that a name leads to; "" for none."""
    prefix = {"own": "bionic_", "jump": "jump_", "forward": "to_", "refused": "to_", "weak": ""}[rule]
    return prefix and prefix + name


def _code(name: str, rule: Rule) -> list[str]:
    """What stands at a label that is not C's."""
    label = target(name, rule)
    start = [f".globl {label}", f".type {label},@function", f"{label}: endbr64"]
    if rule == "jump":
        return [*start, f" jmp *{name}@GOTPCREL(%rip)"]
    if rule == "forward":
        return [*start, f" jmp *forward_{name}(%rip)"]
    if rule == "refused":
        return [*start, " lea 1f(%rip),%rdi", " jmp lookalike_refuse@PLT", f'1: .asciz \\"{name}\\"']
    return []


def _export(wish: Wish, rule: Rule) -> list[str]:
    """The name under which it is found, with its version."""
    label = target(wish.name, rule)
    if not label:
        return []  # stays a null pointer, as on a phone without it
    return [f".symver {label},{wish.name}@{wish.version}"] if wish.version else [f".globl {wish.name}", f".set {wish.name},{label}"]


def _absent(name: str) -> str:
    """What answers where the phone has no graphics."""
    return "graphics_error" if name == "eglGetError" else "graphics_none"


def _found(forwards: Sequence[str]) -> list[str]:
    """What finds the computer's functions when the look-alike is loaded."""
    if not forwards:
        return []
    return [
        "__attribute__((constructor)) static void forwards_found(void) {", "  void *found;", "  if (!graphics_open()) return;",
        *(f'  if ((found = graphics_symbol("{name}"))) forward_{name} = found;' for name in forwards), "}",
    ]  # fmt: skip
