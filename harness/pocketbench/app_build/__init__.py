"""The Android app, from its sources to a signed APK: with a JDK and what Maven and npm bring, without an Android SDK.

    parts.toml ─▶ parts ─▶ linked (aapt2) ─▶ classes (javac) ─▶ dex (D8) ─▶ unsigned APK ─▶ signed, verified (apksig)

The unsigned APK is a function of its sources, parts and choices, byte by byte; both are found again by hash.
"""

from pocketbench.app_build.apk import Built, build
from pocketbench.app_build.keys import Key

__all__ = ["Built", "Key", "build"]
