"""A job let through to a device, or turned into a skip, now that its artifact is known. Pure."""

from pocketbench import engines
from pocketbench.devices import Facts
from pocketbench.engines import in_app
from pocketbench.model import Anatomy, Job, Refusal

# The app's manifest and build: android_app/README.md.
APP_API = 26
APP_ABIS = ("arm64-v8a", "x86_64")


def admit(job: Job, anatomy: Anatomy, facts: Facts) -> Refusal | None:
    """Return why this file cannot be run there, or None when it can be tried."""
    if engines.needs_app(job) and (refusal := _without_app(job, facts)):
        return refusal
    if refusal := engines.refusal(engines.ENGINES.get(job.engine), job.runner, anatomy, job.accelerator, facts):
        return refusal
    if job.accelerator == "nnapi" and (refusal := in_app.named(job.options, facts)):
        return refusal
    memory = facts.get("memory_bytes", 0)
    if isinstance(memory, int) and 0 < memory < anatomy.size_bytes:
        return Refusal("admit", "memory-limit", f"the file has {anatomy.size_bytes} bytes, {job.device} has {memory} bytes of memory")
    return None


def _without_app(job: Job, facts: Facts) -> Refusal | None:
    """Why the app cannot be there, whatever APK it is."""
    api, abis = facts.get("api"), str(facts.get("abis", "")).replace(" ", "").split(",")
    if isinstance(api, int) and api < APP_API:
        return Refusal("admit", "device-too-old", f"the app needs Android 8 (API {APP_API}), and {job.device} is API {api}")
    if any(abis) and not set(APP_ABIS) & set(abis):
        return Refusal("admit", "abi-missing", f"the app has libraries for {' and '.join(APP_ABIS)}, and {job.device} is {', '.join(abis)}")
    return None
