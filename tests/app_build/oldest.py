"""What an APK asks of Android that the oldest one does not have, as R8's TraceReferences finds it."""

import re
import subprocess
import zipfile
from pathlib import Path

from pocketbench.app_build import jdk, parts

JAVA = "8"  # of which Android 8 has the classes; a JDK has their signatures in lib/ct.sym, by release


def lacking(apk: Path, work: Path) -> set[str]:
    """The classes, methods and fields that an APK's dex names and Android 8.0 does not have, as ``Class.method``."""
    files, java = parts.brought("build", "oldest"), jdk.find()
    with zipfile.ZipFile(apk) as archive:
        dex = Path(archive.extract("classes.dex", work))
    trace = java.java([files["d8"]], "com.android.tools.r8.tracereferences.TraceReferences", "--check", "--source", dex, heap="2g")
    given = [word for library in (files["android-8"], _java(java, work / "java.jar")) for word in ("--lib", library)]
    said = subprocess.run([*map(str, trace), *map(str, given)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=300).stdout
    head = said.partition("Compilation failed")[0]
    return set(re.findall(r"Missing (?:class|method|field) (?:\S+ )??([\w.$<>]+)(?:\(|:| \(referenced)", head))


def _java(java: jdk.Jdk, jar: Path) -> Path:
    """Java's own classes of that release, as signatures."""
    with zipfile.ZipFile(java.home / "lib" / "ct.sym") as signatures, zipfile.ZipFile(jar, "w") as out:
        for name in signatures.namelist():
            releases, _, path = name.partition("/")
            if JAVA in releases and path.endswith(".sig"):
                out.writestr(re.sub(r"^(java|jdk)\.[a-z.]+/", "", path).removesuffix(".sig") + ".class", signatures.read(name))
    return jar
