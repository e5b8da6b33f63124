"""What engines that the Android app carries ask of a phone, by its facts. No engine: what several share."""

from collections.abc import Mapping

from pocketbench.model import Refusal

Facts = Mapping[str, str | int | float]
# NNAPI came with Android 8.1.
NNAPI_API = 27


def nnapi(engine: str, facts: Facts) -> Refusal | None:
    """Why an engine has no NNAPI there: runtimes leave all to the CPU where there is none and say so in the log alone."""
    api = facts.get("api")
    if isinstance(api, int) and api < NNAPI_API:
        return Refusal("admit", "device-too-old", f"{engine} needs Android 8.1 (API {NNAPI_API}) for NNAPI, and this is API {api}")
    if facts.get("nnapi") == "no":
        return Refusal("admit", "accelerator-absent", f"{engine} runs there through NNAPI (libneuralnetworks.so), and the phone has none")
    return None


def vulkan(engine: str, facts: Facts) -> Refusal | None:
    """Why an engine has no Vulkan there."""
    if facts.get("vulkan") == "":
        return Refusal("admit", "accelerator-absent", f"{engine} reaches a phone's GPU through Vulkan, and this phone declares none")
    return None
