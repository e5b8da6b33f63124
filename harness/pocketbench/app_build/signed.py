"""Signing and verifying, by apksig: the library that apksigner itself is made of."""

from dataclasses import dataclass
from pathlib import Path

from pocketbench.app_build import program
from pocketbench.app_build.jdk import Jdk
from pocketbench.app_build.keys import VARIABLE, Key
from pocketbench.app_build.wished import MIN_SDK
from pocketbench.errors import BuildFailed


@dataclass(frozen=True, slots=True)
class Verified:
    """What phones will see of a signature: its schemes and the sha256 of the signer's certificate."""

    schemes: tuple[str, ...]
    certificate_sha256: str


def sign(jdk: Jdk, tools: list[Path], unsigned: Path, apk: Path, key: Key) -> None:
    """Align and sign an APK by schemes 2 and 3. Raises BuildFailed for a key that cannot be had."""
    words = jdk.java(tools, "org.pocketbench.tools.Sign", unsigned, apk, key.store, key.alias, str(MIN_SDK))
    program.run(f"{key.store}", words, environment={VARIABLE: key.password})


def verify(jdk: Jdk, tools: list[Path], apk: Path) -> Verified:
    """Verify an APK as phones do, from the oldest that the app is for. Raises BuildFailed for one that does not."""
    try:
        said = program.run(f"{apk.name}", jdk.java(tools, "org.pocketbench.tools.Verify", apk, str(MIN_SDK)))
    except BuildFailed as error:
        raise BuildFailed(f"{apk}: its signature does not verify: {error.message}"[:1000], log=error.log) from error
    told = [line.split() for line in said.splitlines() if len(line.split()) == 2]
    schemes = tuple(name for name, value in told if value == "true")
    return Verified(schemes, next((value for name, value in told if name == "certificate"), ""))
