"""``pocketbench app``."""

import dataclasses
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from pocketbench.app_build import Built, Key
    from pocketbench.app_build.checked import Check


@click.group("app")
def command() -> None:
    """Build the Android app that carries out orders on a phone.

    \b
    Examples:
      pocketbench app build
      pocketbench app build --help
    """


@command.command("build")
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), metavar="APK", help="Copy the APK there; without it, its path in the cache is told.")
@click.option("--engines", default="", metavar="A,B", help="Engines: tflite, pytorch-lite, onnxruntime, tfjs. Without it, all.")
@click.option("--abi", "abis", default="", metavar="A,B", help="ABIs: arm64-v8a (phones), x86_64 (emulators, the simulated phone). Without it, both.")
@click.option("--key", "keystore", type=click.Path(exists=True, dir_okay=False, path_type=Path), metavar="KEYSTORE", help="Sign with a key in this keystore.")
@click.option("--key-alias", default="", metavar="ALIAS", help="The key's name in it.")
@click.option("--check", is_flag=True, help="Ask apksigner, zipalign, aapt2 and dexdump about the APK, those that are on the PATH.")
@click.option("--force", is_flag=True, help="Build anew what is found built.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def build(output: Path | None, engines: str, abis: str, keystore: Path | None, key_alias: str, check: bool, force: bool, as_json: bool) -> int:
    """Build the app from its sources, and sign it.

    It needs a JDK (17 or newer), Maven and npm, and a network for the first time; no Android SDK. Without --key, it is signed by a debug
    key of yours, made on first use. A keystore's password is asked for, or taken from POCKETBENCH_KEY_PASSWORD.

    \b
    Examples:
      pocketbench app build --output pocketbench.apk
      pocketbench app build --engines tflite --abi arm64-v8a --output small.apk
      pocketbench app build --key release.p12 --key-alias me --output release.apk
      pocketbench app build --check --json
    """
    from pocketbench import app_build
    from pocketbench.app_build import checked, wished

    key = _key(keystore, key_alias)
    built = app_build.build(
        _words(engines) or tuple(wished.ENGINES), _words(abis) or wished.ABIS, key=key, force=force, tell=lambda said: click.echo(said, err=True)
    )
    if output is not None:
        shutil.copyfile(built.path, output)
    path = output or built.path
    checks = checked.checked(path) if check else ()
    (_print_json if as_json else _print)(built, path, checks)
    return 1 if any(each.state == "failed" for each in checks) else 0


def _words(listed: str) -> tuple[str, ...]:
    """The words between commas."""
    return tuple(filter(None, (word.strip() for word in listed.split(","))))


def _key(keystore: Path | None, alias: str) -> "Key | None":
    """The user's own key, with its password; None for the debug key."""
    from pocketbench.app_build import Key, keys

    if (keystore is None) != (not alias):
        raise click.UsageError("--key and --key-alias go together")
    if keystore is None:
        return None
    password = os.environ.get(keys.VARIABLE) or click.prompt(f"password of {keystore}", hide_input=True, err=True)
    return Key(keystore.absolute(), alias, password)


def _print(built: "Built", path: Path, checks: "tuple[Check, ...]") -> None:
    """Say what the APK has, for people."""
    from pocketbench.app_build import sizes

    click.echo(f"{'':<14}{'ABI':<12}{'bytes':>13}{'in the APK':>13}  loads with pages of")
    for size in sizes.sizes(built):
        pages = f"  up to {size.page_bytes >> 10} KiB" if size.page_bytes else ""
        click.echo(f"{size.what:<14}{size.abi:<12}{size.size_bytes:>13,}{size.packed_bytes:>13,}{pages}")
    click.echo(f"{'APK':<14}{'':<12}{'':>13}{built.size_bytes:>13,}")
    for check in checks:
        click.echo(f"{check.tool}: {check.state}: {check.detail}")
    click.echo(f"version {built.version_name}, signed by {built.certificate_sha256[:16]}…, sha256 {built.sha256}")
    click.echo(path)


def _print_json(built: "Built", path: Path, checks: "tuple[Check, ...]") -> None:
    """Print all of it as one object."""
    import msgspec

    from pocketbench.app_build import sizes

    libraries = [{name: getattr(one, name) for name in ("engine", "abi", "name", "size_bytes", "packed_bytes", "page_bytes")} for one in built.libraries]
    about = {field.name: getattr(built, field.name) for field in dataclasses.fields(built) if field.name not in ("path", "libraries")}
    said = {"path": str(path), **about, "libraries": libraries, "sizes": sizes.sizes(built), "checks": checks}
    click.echo(msgspec.json.encode(said))
