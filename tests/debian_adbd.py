"""AOSP's own adbd, as Debian trixie packages it for Linux: fetched with its libraries beside the system, run in namespaces of its own.

Fetched by apt with a root of its own, so that nothing of the system changes and Debian's signatures are checked. Started by the loader
that comes with it: the system's C library may be older. It listens on every interface and writes to /data, hence the namespaces.
"""

import shutil
import subprocess
from pathlib import Path

import platformdirs
import pytest

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
NEEDED = ("apt-get", "dpkg-deb", "unshare", "ip")
PORT = 5600

# $1: an empty folder, $2: what was fetched; the rest is run while adbd listens.
INSIDE = f"""set -e
root=$1 got=$2
shift 2
ip link set lo up
mount -t tmpfs none "$root"
for entry in /*; do
  name=${{entry#/}}
  case $name in data | sdcard) continue ;; esac
  if [ -L "$entry" ]; then cp -P "$entry" "$root/"; elif [ -d "$entry" ]; then mkdir "$root/$name" && mount --rbind "$entry" "$root/$name"; fi
done
mkdir -p "$root/data/local/tmp"
libraries=$got/usr/lib/x86_64-linux-gnu
ADBD_PORT={PORT} chroot "$root" "$got/usr/lib64/ld-linux-x86-64.so.2" --library-path "$libraries:$libraries/android" \\
  "$got/usr/lib/android-sdk/platform-tools/adbd" >/dev/null 2>&1 &
exec "$@"
"""


def fetched() -> Path:
    """The folder that its packages were unpacked into, once. Where they cannot be had, the test is skipped."""
    if lacking := [name for name in NEEDED if shutil.which(name) is None] + ([] if KEYRING.exists() else [str(KEYRING)]):
        pytest.skip(f"Debian's adbd cannot be had here: no {', '.join(lacking)}")
    place = platformdirs.user_cache_path("pocketbench-tests") / "debian-adbd"
    if not (place / "usr/lib/android-sdk/platform-tools/adbd").exists():
        _fetch(place)
    return place


def inside(root: Path, got: Path, command: list[str]) -> list[str]:
    """The words that run a command beside adbd, where nothing else can be reached; all ends with it."""
    return [
        "unshare",
        "--map-root-user",
        "--mount",
        "--net",
        "--pid",
        "--fork",
        "--kill-child",
        "--mount-proc",
        "sh",
        "-c",
        INSIDE,
        "sh",
        str(root),
        str(got),
        *command,
    ]


def _mirror() -> str:
    """Where this system's own apt has Debian's packages from. Where it has none, the test is skipped."""
    words = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    said = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    found = next((line.strip() for line in said.stdout.splitlines() if line.strip().endswith("/debian/")), "")
    if not found:
        pytest.skip("Debian's adbd cannot be had here: apt is told of no mirror of Debian")
    return found


def _fetch(place: Path) -> None:
    """Fetch and unpack."""
    own = place.with_name("debian-adbd-apt")
    shutil.rmtree(own, ignore_errors=True)
    for folder in ("lists/partial", "archives/partial", "etc"):
        (own / folder).mkdir(parents=True)
    (own / "etc/sources.list").write_text(f"deb [signed-by={KEYRING}] {_mirror()} trixie main\n")
    (own / "status").touch()
    settings = {
        "Dir::Etc": own / "etc",
        "Dir::Etc::sourcelist": own / "etc/sources.list",
        "Dir::Etc::sourceparts": "-",
        "Dir::State": own,
        "Dir::State::status": own / "status",
        "Dir::Cache": own,
        "APT::Architecture": "amd64",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
        "Acquire::Retries": "0",
        "Acquire::http::Timeout": "20",
    }
    words = [word for name, value in settings.items() for word in ("-o", f"{name}={value}")]
    for asked in (["update"], ["install", "--download-only", "--no-install-recommends", "--assume-yes", "adbd"]):
        said = subprocess.run(["apt-get", *words, *asked], capture_output=True, text=True, timeout=300, check=False)  # noqa: S607
        if said.returncode:
            pytest.skip(f"Debian's adbd cannot be had here: {(said.stderr.strip().splitlines() or ['apt-get failed'])[-1]}")
    new = place.with_name("debian-adbd-new")
    shutil.rmtree(new, ignore_errors=True)
    for package in (own / "archives").glob("*.deb"):
        subprocess.run(["dpkg-deb", "-x", str(package), str(new)], check=True)  # noqa: S607
    new.rename(place)
    shutil.rmtree(own, ignore_errors=True)
