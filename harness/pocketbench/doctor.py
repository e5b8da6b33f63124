"""What is here, what is missing, what to type. Nothing is printed, and nothing is left behind but an empty cache folder.

:func:`examine` looks at this computer; each finding is made by a pure function of what was seen.
"""

import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pocketbench import cache, parts, toolchains
from pocketbench.adb import Server, binary
from pocketbench.adb.server import VERSION
from pocketbench.app_build import jdk, maven
from pocketbench.devices import DEVICES, Facts
from pocketbench.devices.browser import Browser
from pocketbench.devices.host import Host
from pocketbench.devices.server import ServerDevice
from pocketbench.engines import ENGINES
from pocketbench.errors import CacheError, PocketbenchError, SshMissing, ToolchainMissing, WireError
from pocketbench.parts import Part
from pocketbench.ssh import program

SUPPORTED = (3, 11)
GIB = 1 << 30
LEAST_DISK_BYTES = 2 * GIB
LEAST_MEMORY_BYTES = 2 * GIB
# Above this load a core of the processor is busy with something else half of the time, and timings show it.
BUSY_CORES = 0.5

State = Literal["ok", "warning", "missing"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is well, what was seen, and what to type when it is not."""

    name: str
    state: State
    detail: str
    type_this: str = ""


def examine() -> tuple[Finding, ...]:
    """Look at Python, the lanes, the system's parts, the browser, the cache folder and this computer."""
    host = Host()
    facts, conditions = host.facts(), host.conditions()
    return (
        python(sys.version_info[:3]),
        *(lane(name, [requirement.name for requirement in required]) for name, required in toolchains.lanes().items()),
        *(part(one) for one in parts.PARTS),
        *browser(Browser()),
        _adb(),
        _ssh(),
        _app(),
        *(server(one) for one in DEVICES.get("server").list() if isinstance(one, ServerDevice)),
        _cache(),
        processor(facts),
        memory(conditions),
        *governor(conditions),
        load(conditions, os.cpu_count() or 1),
    )


def python(version: Sequence[int]) -> Finding:
    """Python's version against the supported one."""
    found, wanted = ".".join(map(str, version)), ".".join(map(str, SUPPORTED))
    if tuple(version[:2]) == SUPPORTED:
        return Finding("python", "ok", found)
    return Finding("python", "warning", f"{found}; the pinned packages were tried with {wanted}", f"python{wanted} -m venv .venv")


def lane(name: str, distributions: Sequence[str]) -> Finding:
    """A lane's packages: absent, in other versions than pinned, or as they should be."""
    title = f"lane {name}"
    if absent := toolchains.missing(name):
        return Finding(title, "missing", f"not installed: {', '.join(absent)}", toolchains.line_to_type(name))
    if other := toolchains.mismatched(name):
        return Finding(title, "warning", "; ".join(other), toolchains.line_to_type(name))
    return Finding(title, "ok", ", ".join(f"{package} {version}" for package, version in toolchains.versions(distributions).items()))


def part(one: Part) -> Finding:
    """A part of the system: here, or what is not possible without it."""
    title = f"part {one.name}"
    if one.present():
        return Finding(title, "ok", one.purpose)
    return Finding(title, "missing", f"{one.purpose}; without it, no {', no '.join(one.needed_by)}", "pocketbench doctor --install")


def browser(device: Browser) -> tuple[Finding, ...]:
    """The browser, started once: its version and what it has, or why it shows no page. Nothing where none is installed: its lane and part say so."""
    if device.absent is None:
        facts = device.facts()
        carried = "; ".join(f"{name}: {facts[name] or 'none'}" for name in ("webgl", "webgpu"))
        return (Finding("browser", "ok", f"{facts['browser']}; {carried}"),)
    if device.absent.reason == "toolchain-missing":
        return ()
    return (Finding("browser", "missing", device.absent.message, device.absent.hint),)


def disk(folder: Path, held_bytes: int, free_bytes: int) -> Finding:
    """The cache folder: what it holds and how much room is left beside it."""
    detail = f"{folder}: {held_bytes / GIB:.2f} GiB held, {free_bytes / GIB:.1f} GiB free"
    if free_bytes < LEAST_DISK_BYTES:
        return Finding("cache", "warning", f"{detail}; conversions may fill the disk", "pocketbench cache clean")
    return Finding("cache", "ok", detail)


def processor(facts: Facts) -> Finding:
    """The processor's name and cores."""
    return Finding("processor", "ok", f"{facts.get('processor') or facts.get('architecture')}, {facts.get('cores')} cores")


def server(device: ServerDevice) -> Finding:
    """A server that a person started: what engines can run there, and what to type there for others."""
    try:
        has = device.has(dict.fromkeys(engine.package for engine in ENGINES if "python" in engine.runners))
    except PocketbenchError as error:
        return Finding(f"server {device.name}", "warning", error.message, error.hint)
    missing = [name for name, version in has.items() if not version]
    found = ", ".join(f"{name} {version}" for name, version in has.items() if version)
    type_this = "; ".join(filter(None, map(device.to_have, missing if device.in_termux else missing[:1])))
    return Finding(
        f"server {device.name}", "ok" if has["numpy"] else "missing", f"{found or 'nothing'}; not there: {', '.join(missing) or 'nothing'}", type_this
    )


def memory(conditions: Facts) -> Finding:
    """How much memory is free for converters, in bytes."""
    free = _number(conditions, "available_bytes")
    detail = f"{free / GIB:.1f} GiB available"
    if free < LEAST_MEMORY_BYTES:
        return Finding("memory", "warning", f"{detail}; a converter may be ended for lack of it: close other programs")
    return Finding("memory", "ok", detail)


def governor(conditions: Facts) -> tuple[Finding, ...]:
    """The frequency governor; nothing where the system shows none."""
    name = conditions.get("governor")
    if not name:
        return ()
    if name == "performance":
        return (Finding("governor", "ok", "performance"),)
    return (Finding("governor", "warning", f"{name}: the processor changes its frequency while timing", "sudo cpupower frequency-set --governor performance"),)


def load(conditions: Facts, cores: int) -> Finding:
    """How busy the processor is with other things, over the last minute."""
    average = _number(conditions, "load_1min")
    detail = f"{average:g} over the last minute on {cores} cores"
    if average > BUSY_CORES * cores:
        return Finding("load", "warning", f"{detail}: timings will be noisy; close other programs, or wait")
    return Finding("load", "ok", detail)


def adb(program: Path, version: int | None, wanted: int, port: int) -> Finding:
    """The adb program and the server that it speaks to: one of another version would be ended by it, so it is not used."""
    if version is None:
        return Finding("adb", "ok", f"{program}; no server runs on port {port}: one is started when it is needed")
    if version != wanted:
        return Finding("adb", "warning", f"{program}; the server on port {port} is of version 1.0.{version}, not 1.0.{wanted}", "adb kill-server")
    return Finding("adb", "ok", f"{program}; a server runs on port {port}")


def _adb() -> Finding:
    """What phones and boards are reached by."""
    try:
        server = Server.of_user()
        return adb(binary.path(), server.version(), VERSION, server.port)
    except WireError as error:
        return Finding("adb", "missing", error.message, error.hint)


def _ssh() -> Finding:
    """What boards are reached by where they are not by adb."""
    try:
        return Finding("ssh", "ok", f"{program.version()}, {program.path()}")
    except SshMissing as error:
        return Finding("ssh", "missing", f"{error.message}; without it, no boards by --device ssh:HOST", error.hint)


def _app() -> Finding:
    """What the Android app is built with, which phones need for engines of their own."""
    try:
        java = jdk.find()
    except ToolchainMissing as error:
        return Finding("android app", "missing", f"{error.message}; without it, no app for phones", error.hint)
    if maven.program() is None:
        return Finding("android app", "missing", f"JDK {java.version}, and no mvn, which brings what the app is made of", maven.HINT)
    return Finding("android app", "ok", f"can be built: JDK {java.version}, {maven.program()}")


def _cache() -> Finding:
    """Whether the cache folder can be written, what it holds, and the room left."""
    try:
        with cache.scratch():
            pass
        held = sum(held for _, held in cache.size().values())
    except CacheError as error:
        return Finding("cache", "missing", f"cannot be written: {error.message}", f"export {cache.VARIABLE}=/a/folder")
    return disk(cache.root(), held, shutil.disk_usage(cache.root()).free)


def _number(seen: Mapping[str, object], name: str) -> float:
    """A number among facts, 0 when there is none."""
    value = seen.get(name)
    return float(value) if isinstance(value, (int, float)) else 0.0
