"""What engines that the Android app carries ask of a phone, by its facts. No engine: what several share."""

from collections.abc import Mapping

from pocketbench.model import Refusal

Facts = Mapping[str, str | int | float]
# NNAPI came with Android 8.1.
NNAPI_API = 27
# Which of its accelerators to take it can be told from Android 10 on: android_app/app/java/org/pocketbench/app/engines/Nnapi.java.
NNAPI_NAMES_API, ANY = 29, "any"
# Chromium's first that has all of what the page is written in: android_app/app/java/org/pocketbench/app/page/Provider.java.
WEBVIEW_VERSION = 94
# The largest memory pages that an engine's libraries load with, where that is less than phones have, as their own headers say (``pocketbench app build``).
PAGE_BYTES = {"tflite": 4096, "pytorch-lite": 4096}
# From Android 16 on, libraries for small pages are loaded all the same: android_app/app/java/org/pocketbench/app/Pages.java.
PAGES_API = 36


def nnapi(engine: str, facts: Facts) -> Refusal | None:
    """Why an engine has no NNAPI there: runtimes leave all to the CPU where there is none and say so in the log alone."""
    api = facts.get("api")
    if isinstance(api, int) and api < NNAPI_API:
        return Refusal("admit", "device-too-old", f"{engine} needs Android 8.1 (API {NNAPI_API}) for NNAPI, and this is API {api}")
    if facts.get("nnapi") == "no":
        return Refusal("admit", "accelerator-absent", f"{engine} runs there through NNAPI (libneuralnetworks.so), and the phone has none")
    return None


def named(options: Mapping[str, str], facts: Facts) -> Refusal | None:
    """Why NNAPI there takes no accelerator by its name. Whether the phone has it, it says itself: what it tells the shell of accelerators may not be all."""
    api = facts.get("api")
    if options.get("nnapi_accelerator", ANY) == ANY or not isinstance(api, int) or api >= NNAPI_NAMES_API:
        return None
    return Refusal("admit", "device-too-old", f"NNAPI takes an accelerator's name from Android 10 (API {NNAPI_NAMES_API}) on, and this is API {api}")


def vulkan(engine: str, facts: Facts) -> Refusal | None:
    """Why an engine has no Vulkan there."""
    if facts.get("vulkan") == "":
        return Refusal("admit", "accelerator-absent", f"{engine} reaches a phone's GPU through Vulkan, and this phone declares none")
    return None


def pages(engine: str, facts: Facts) -> Refusal | None:
    """Why an engine's libraries cannot be loaded there: they are laid out for smaller memory pages than the phone's."""
    has, api = facts.get("page_bytes"), facts.get("api")
    if not isinstance(has, int) or has <= PAGE_BYTES.get(engine, has) or not isinstance(api, int) or api >= PAGES_API:
        return None
    words = f"{engine}'s libraries for Android are laid out for memory pages of {PAGE_BYTES[engine] >> 10} KiB, and this phone's have {has >> 10} KiB"
    return Refusal("admit", "known-limit", words, "developer.android.com/guide/practices/page-sizes")


def webview(engine: str, facts: Facts) -> Refusal | None:
    """Why an engine that is a page has no WebView there that it can run in; None where the phone does not tell."""
    told = facts.get("webview")
    if told == "":
        return Refusal("admit", "toolchain-missing", f"{engine} runs there in the phone's WebView, and the phone has none, or it is switched off")
    major = str(told or "").rpartition(" ")[2].partition(".")[0]
    if major.isdecimal() and int(major) < WEBVIEW_VERSION:
        return Refusal("admit", "device-too-old", f"{engine} needs a WebView of version {WEBVIEW_VERSION} or newer, and the phone's is {told}")
    return None
