"""Small tables that outlive a reboot, as JSON files under the phone's /data."""

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

MAX_BYTES = 1 << 22


def read(path: Path) -> dict[str, Any]:
    """What was kept, or an empty table: the phone's own user may have deleted or spoiled the file."""
    try:
        with path.open("rb") as file:
            kept = json.loads(file.read(MAX_BYTES))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def write(path: Path, table: dict[str, Any]) -> None:
    """Keep ``table``; a full disk keeps the old one, as Android does."""
    making = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        making.write_text(json.dumps(table))
        os.replace(making, path)  # noqa: PTH105
    except OSError:
        with suppress(OSError):
            making.unlink()
