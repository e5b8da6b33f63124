"""Write the published JSON Schemas from the structs that they describe."""

import json
from pathlib import Path

from pocketbench import protocol, store, suite

HERE = Path(__file__).parent
PROTOCOL = HERE.parent.parent / "android_app" / "protocol"

for folder, schemas in ((HERE, {"suite": suite.schema(), "records": store.schema()}), (PROTOCOL, protocol.schemas())):
    for name, schema in schemas.items():
        (folder / f"{name}.schema.json").write_text(json.dumps(schema, indent=2) + "\n", encoding="utf-8")
