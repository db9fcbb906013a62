"""The JSON Schema of environment files, for editors: what a file has to say, and what it may."""

from __future__ import annotations

import json
from typing import Any

from settings import tiers
from settings.model import Environment


def schema() -> dict[str, Any]:
    """Return the schema; what a tier has a default for need not be said."""
    generated = Environment.model_json_schema(by_alias=True)
    for key, *_ in tiers.DEFAULTS:
        _make_optional(generated, key)
    _close(generated)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **generated, "title": "Environment"}


def rendered() -> str:
    """Return the schema as it is kept in git."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _make_optional(generated: dict[str, Any], key: str) -> None:
    """Take a defaulted key, and the blocks it stands in, out of what is required; an optional block stays as it is."""
    block = next((each for each in tiers.OPTIONAL_BLOCKS if key.startswith(f"{each}.")), "")
    definition, path = generated, ""
    for part in key.split("."):
        path = f"{path}.{part}" if path else part
        required = definition.get("required", [])
        if part in required and not f"{block}.".startswith(f"{path}."):
            required.remove(part)
        definition = _referred(generated, definition["properties"][part])


def _referred(generated: dict[str, Any], place: dict[str, Any]) -> dict[str, Any]:
    for alternative in (place, *place.get("anyOf", ())):
        if "$ref" in alternative:
            definition: dict[str, Any] = generated["$defs"][alternative["$ref"].rpartition("/")[2]]
            return definition
    return place


def _close(part: Any) -> None:
    """Refuse keys of another form wherever the form of keys is given."""
    if isinstance(part, dict):
        if "patternProperties" in part:
            part["additionalProperties"] = False
        for value in part.values():
            _close(value)
    elif isinstance(part, list):
        for value in part:
            _close(value)
