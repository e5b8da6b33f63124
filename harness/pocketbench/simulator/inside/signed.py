"""Whether an APK's signature is right, and whose it is: asked of apksig, the library that Android's own apksigner is made of.

What is refused is told as Android's ``ApkSignatureVerifier`` and ``PackageManagerService`` tell it.
"""

from collections.abc import Callable
from pathlib import Path

from pocketbench import cache
from pocketbench.app_build import compiled, parts
from pocketbench.app_build.jdk import Jdk
from pocketbench.errors import BuildFailed, ToolchainMissing
from pocketbench.simulator.inside import cell, jvm
from pocketbench.simulator.inside.cell import Task
from pocketbench.simulator.packages.apk import NotInstalled

MAIN, NEEDS = "org.pocketbench.tools.Verify", ("apksig", "zipflinger")
WORD = "INSTALL_PARSE_FAILED_NO_CERTIFICATES"
NOT_SIGNED = ("JAR_SIG_NO_MANIFEST", "JAR_SIG_NO_SIGNATURES")
TOO_OLD = "MIN_SIG_SCHEME_FOR_TARGET_SDK_NOT_MET"
NO_APK = "MALFORMED"
_SCHEMES = {"V2_": " using APK Signature Scheme v2", "V3_": " using APK Signature Scheme v3", "V31": " using APK Signature Scheme v3"}


def signer(apk: Path, sdk: int, package: str, name: str) -> str:
    """The sha256 of the certificate that an APK is signed with, as a phone of an SDK verifies it; ``name`` is the file's on the phone.

    Raises NotInstalled in the package manager's words; ToolchainMissing, PartRefused and CacheError where nothing can be verified here.
    """
    java, path = jvm.home(), tuple(map(str, tools()))
    with cache.scratch() as folder:
        where, work = str(apk.resolve()), str(folder.resolve())
        return cell.done(Task(do="verify", apk=where, folder=work, java=str(java), path=path, sdk=sdk, package=package, name=name))


def tools() -> list[Path]:
    """The class path of the verifier, brought and compiled where it is not here yet. Raises ToolchainMissing, PartRefused and CacheError."""
    java = Jdk(jvm.home(), "")
    files = parts.files([part for part in parts.listed("build") if part.name in NEEDS])
    try:
        return compiled.tools(java, files)
    except BuildFailed as error:
        raise ToolchainMissing(error.message, hint=jvm.HINT) from error


def verify(task: Task, listen: Callable[[str], None]) -> str:
    """The same, in the cell. Raises NotInstalled."""
    del listen
    path = [Path(name) for name in task.path]
    code, said = jvm.ran(Path(task.java), path, MAIN, [task.apk, str(task.sdk)], Path(task.folder))
    lines = said.splitlines()
    found = next((line.removeprefix("certificate ") for line in lines if line.startswith("certificate ")), "")
    if code or not found:
        raise refusal(lines, task.package, task.name)
    return found


def refusal(said: list[str], package: str, name: str) -> NotInstalled:
    """What the package manager says of what the verifier said: ``ISSUE: words`` in each line, the first of which counts."""
    issue, _, why = (said or ["no word"])[0].partition(": ")
    issues = {line.partition(":")[0] for line in said}
    if issue == NO_APK:
        return NotInstalled("INSTALL_PARSE_FAILED_NOT_APK", f"Failed to parse {name}")
    if issue == TOO_OLD or (TOO_OLD in issues and not issues.intersection(NOT_SIGNED)):
        return NotInstalled(WORD, f"Scanning Failed.: No signature found in package of version 2 or newer for package {package}")
    if issue in NOT_SIGNED:
        return NotInstalled(WORD, f"Failed to collect certificates from {name}: Attempt to get length of null array")
    return NotInstalled(WORD, f"Failed to collect certificates from {name}{_SCHEMES.get(issue[:3], '')}: {_cause(issue, why)}"[:1000])


def _cause(issue: str, why: str) -> str:
    """What is wrong, as Android's own verifier says it where that is known."""
    if issue.endswith("APK_DIGEST_DID_NOT_VERIFY"):
        return f"SHA-{'512' if 'SHA512' in why else '256'} digest of contents did not verify"
    return why or issue
