"""Keys that APKs are signed with: a debug key, made on first use and kept in the user's data folder, or the user's own."""

from dataclasses import dataclass, field
from pathlib import Path

from filelock import FileLock

from pocketbench.app_build import jdk, program

FILE, ALIAS = "app-debug-key.p12", "pocketbench"
# Of the debug key, which signs what its owner has built: no secret.
PASSWORD = "pocketbench"  # noqa: S105
VARIABLE = "POCKETBENCH_KEY_PASSWORD"
VALID_DAYS = "10000"


@dataclass(frozen=True, slots=True)
class Key:
    """A key in a keystore (PKCS12 or JKS), by its alias; the password opens both."""

    store: Path
    alias: str
    password: str = field(repr=False)


def debug() -> Key:
    """The debug key, made where there is none: phones take a build over an older one only when both have the same. Raises ToolchainMissing, BuildFailed."""
    import platformdirs

    folder = platformdirs.user_data_path("pocketbench")
    folder.mkdir(parents=True, exist_ok=True)
    key = Key(folder / FILE, ALIAS, PASSWORD)
    with FileLock(folder / f".{FILE}.lock"):
        if not key.store.exists():
            _make(key)
    return key


def _make(key: Key) -> None:
    """Make a key pair and its certificate."""
    new = key.store.with_suffix(".new")
    new.unlink(missing_ok=True)
    words = ["-genkeypair", "-keystore", str(new), "-storetype", "PKCS12", "-storepass:env", VARIABLE, "-alias", key.alias]
    kind = ["-keyalg", "RSA", "-keysize", "2048", "-validity", VALID_DAYS, "-dname", "CN=Pocketbench debug"]
    program.run("debug key", [jdk.find().tool("keytool"), *words, *kind], environment={VARIABLE: key.password})
    new.chmod(0o600)
    new.rename(key.store)
