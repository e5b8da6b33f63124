"""CoreML's random identifiers, replaced by ones made of the content: the same model gives the same bytes, another model other identifiers.

coremltools numbers the items of a package by random UUIDs and lists them in their order; ExecuTorch's CoreML back end gives
each program a random name, by which a phone keeps what it compiled.
"""

import hashlib
import json
import re
import uuid

_UUID = rb"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_MANIFEST = re.compile(rb'\{\s*"fileFormatVersion": .*?"rootModelIdentifier": "' + _UUID + rb'"\s*\}', re.DOTALL)
_NAMES = re.compile(rb"executorch_(" + _UUID + rb")")


def settled(content: bytes) -> bytes:
    """A program of the same length with identifiers that its content decides."""
    content = _MANIFEST.sub(lambda found: _listed_by_name(found[0]), content)
    without = _NAMES.sub(b"executorch_", content)
    order = {name: at for at, name in enumerate(dict.fromkeys(_NAMES.findall(content)))}
    return _NAMES.sub(lambda found: b"executorch_" + _identifier(without, order[found[1]]), content)


def _listed_by_name(manifest: bytes) -> bytes:
    """A package's list of items in the order of their names, numbered so; as it was where that would be of another length."""
    told = json.loads(manifest)
    items = sorted(told["itemInfoEntries"].items(), key=lambda item: str(item[1].get("path")))
    numbers = {old: _identifier(json.dumps(about, sort_keys=True).encode(), at).decode() for at, (old, about) in enumerate(items)}
    told["itemInfoEntries"] = {numbers[old]: about for old, about in items}
    told["rootModelIdentifier"] = numbers.get(told["rootModelIdentifier"], told["rootModelIdentifier"])
    text = json.dumps(told, indent=4, ensure_ascii=False).encode()
    return text if len(text) == len(manifest) else manifest


def _identifier(content: bytes, number: int) -> bytes:
    """A UUID made of bytes and a number."""
    return str(uuid.UUID(bytes=hashlib.sha256(content + str(number).encode()).digest()[:16], version=4)).encode()
