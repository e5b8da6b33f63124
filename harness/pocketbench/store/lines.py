"""The lines of records.jsonl: typed records from JSON, whatever stands there, and the schema that describes them."""

from collections.abc import Callable
from typing import Any

import msgspec

from pocketbench.errors import ResultsError
from pocketbench.model import Measured, Record

SCHEMA = 1
# schema number -> the pure function that turns a line of it, as JSON values, into a line of the next. 1 is the first.
MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the lines of records.jsonl."""
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"A line of records.jsonl, schema {SCHEMA}"}
    return head | msgspec.json.schema(Record)


def decode(line: bytes, where: str) -> Record | str:
    """Turn a line into a record, or say in a few words why it is none. Raises ResultsError for a newer schema."""
    try:
        number = _PEEK.decode(line).schema
        refuse_newer(number, where)
        record = _RECORD.decode(line) if number == SCHEMA else msgspec.convert(_migrated(line, number), Record)
        return _implausible(record) or record
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return f"cut or garbled: {error}" if not line.endswith(b"\n") else f"garbled: {error}"


def refuse_newer(number: object, where: str) -> None:
    """Raise ResultsError for a schema number above ours."""
    if isinstance(number, int) and number > SCHEMA:
        message = f"{where}: made by a newer pocketbench (schema {number}; this one reads up to {SCHEMA})"
        raise ResultsError(message, hint="pip install --upgrade pocketbench")


class _Line(msgspec.Struct):
    """What must be known of a line before the rest of it is read."""

    schema: int
    kind: str


_PEEK = msgspec.json.Decoder(_Line)
_RECORD = msgspec.json.Decoder(Record)


def _migrated(line: bytes, number: int) -> dict[str, Any]:
    """Bring a line of an older schema up to date. Raises ValueError for a schema that never was."""
    raw: dict[str, Any] = msgspec.json.decode(line)
    for old in range(number, SCHEMA):
        if old not in MIGRATIONS:
            raise ValueError(f"there is no schema {old}")
        raw = MIGRATIONS[old](raw)
    return raw


def _implausible(record: Record) -> str:
    """Say what numbers of a record cannot be; types alone do not."""
    for item in record.measurements if isinstance(record, Measured) else ():
        if item.batch < 1:
            return f"garbled: a batch of {item.batch}"
        if item.samples and not -(2**63) <= min(item.samples) <= max(item.samples) < 2**63:
            return "garbled: a sample of more than 64 bits"
    return ""
