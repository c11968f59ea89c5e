"""The JSON schema of an inventory file, for editors; its descriptions are also what problems say was expected.

`python -m inventory.schema > inventory/cluster.schema.json` writes it again after a change of the models.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from typing import Any

from inventory.model import Cluster

Schema = dict[str, Any]


@cache
def schema() -> Schema:
    """The JSON schema (draft 2020-12) of one cluster's file. The value is shared: do not change it."""
    made = Cluster.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


def text() -> str:
    """The schema as it stands in inventory/cluster.schema.json."""
    return json.dumps(schema(), indent=2) + "\n"


if __name__ == "__main__":
    sys.stdout.write(text())
