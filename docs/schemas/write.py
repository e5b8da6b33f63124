"""Write the published JSON Schemas from the structs that they describe."""

import json
from pathlib import Path

from pocketbench import store, suite

HERE = Path(__file__).parent

for name, schema in (("suite", suite.schema()), ("records", store.schema())):
    (HERE / f"{name}.schema.json").write_text(json.dumps(schema, indent=2) + "\n", encoding="utf-8")
