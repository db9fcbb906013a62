"""The JSON Schema of environment files, for editors: what a file may say, with the tier's defaults left out."""

from __future__ import annotations

import json
from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from settings import tiers
from settings.model import Environment


def schema() -> dict[str, Any]:
    """Return the schema; a key that a tier has a default for is not required."""
    generated = Environment.model_json_schema(by_alias=True, schema_generator=GenerateJsonSchema)
    defaulted = {key.rsplit(".", maxsplit=1)[-1] for key, *_ in tiers.DEFAULTS} | {
        "monitoring",
        "backup",
        "logs",
    }
    for name, definition in [("", generated), *generated["$defs"].items()]:
        required = definition.get("required")
        if required:
            definition["required"] = [key for key in required if key not in defaulted or name == "LocalState"]
            if not definition["required"]:
                del definition["required"]
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **generated, "title": "Environment"}


def rendered() -> str:
    """Return the schema as it is kept in git."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"
