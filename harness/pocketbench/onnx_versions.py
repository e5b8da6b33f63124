"""Which of ONNX's operations ONNX Runtime knows, by their names and versions alone."""

from collections.abc import Iterable

from pocketbench.model import Refusal

# What 1.31.1 loads: operations of this opset and older ones, and these domains of others. Asked with files of one operation each; a
# version that is known is no promise that there is a kernel for every dtype.
OPSET = 26
DOMAINS = ("ai.onnx.ml", "com.microsoft", "com.microsoft.nchwc", "com.ms.internal.nhwc")
LONGEST = 300


def unknown(operations: Iterable[str]) -> tuple[list[str], list[str]]:
    """Of operations ("Cast v13", "com.microsoft.Gelu v1"): those of domains that the runtime does not know, and those that are newer than it."""
    foreign, newer = [], []
    for each in operations:
        name, _, version = each.rpartition(" v")
        domain = name.rpartition(".")[0]
        if domain and domain not in DOMAINS:
            foreign.append(name)
        elif not domain and int(version) > OPSET:
            newer.append(each)
    return foreign, newer


def refusal(operations: Iterable[str]) -> Refusal | None:
    """Why the runtime cannot run a file with such operations (stage ``admit``, reason operation-version), naming them; None when it may."""
    foreign, newer = unknown(operations)
    if foreign:
        words = f"onnxruntime has no kernel for the custom operation{'s' if len(foreign) > 1 else ''} {', '.join(foreign)}"
        return Refusal("admit", "operation-version", words[:LONGEST])
    if newer:
        return Refusal("admit", "operation-version", f"onnxruntime knows operations up to opset {OPSET}, and the file has {', '.join(newer)}"[:LONGEST])
    return None
