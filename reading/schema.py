"""The JSON Schema of environment files, for editors: what a file has to say, and what it may."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from reading import docstrings, examples
from settings import tiers
from settings.base import Settings
from settings.model import Environment

if TYPE_CHECKING:
    from collections.abc import Iterator

RULES: Final[dict[str, dict[str, Any]]] = {
    "Network": {"oneOf": [{"required": ["create"]}, {"required": ["existing"]}]},
    "ExistingNetwork": {"oneOf": [{"required": ["cidr"]}, {"required": ["cidrs"]}]},
    "CustomEndpoint": {"oneOf": [{"required": ["instances"]}, {"required": ["excluding"]}]},
    "Readers": {"oneOf": [{"required": ["cpu_percent"]}, {"required": ["connections"]}]},
    "Origin": {"oneOf": [{"required": ["snapshot"]}, {"required": ["cluster"]}, {"required": ["resource_id"]}]},
}
"""What the checks ask of a block as a whole, and JSON Schema can say too; by the name of its definition."""

PARTS: Final[dict[tuple[str, str], dict[str, Any]]] = {
    ("Capacity", "minimum"): {"multipleOf": 0.5},
    ("Capacity", "maximum"): {"multipleOf": 0.5},
    ("CreatedNetwork", "cidr"): {"pattern": r"^(?:[0-9]{1,3}\.){3}[0-9]{1,3}/[0-9]{1,2}$"},
    ("Acceptance", "warning"): {"pattern": "^[a-z]+(?:-[a-z]+)*$"},
}
"""The same of single keys."""


def schema() -> dict[str, Any]:
    """Return the schema; what a tier has a default for need not be said."""
    generated = Environment.model_json_schema(by_alias=True)
    for model in _models(Settings):
        _describe(generated if model is Environment else generated["$defs"].get(model.__name__, {}), model)
    for name, rule in RULES.items():
        generated["$defs"][name] |= rule
    for (name, key), rule in PARTS.items():
        generated["$defs"][name]["properties"][key] |= rule
    _exemplify(generated, generated, "")
    for key, *_ in tiers.DEFAULTS:
        _make_optional(generated, key)
    _close(generated)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **generated, "title": "Environment"}


def rendered() -> str:
    """Return the schema as it is kept in git."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _models(base: type[Settings]) -> Iterator[type[Settings]]:
    for model in base.__subclasses__():
        yield model
        yield from _models(model)


def _describe(definition: dict[str, Any], model: type[Settings]) -> None:
    """Put beside a model's keys what it says of them, where pydantic would."""
    said = docstrings.of(model)
    for name, field in model.model_fields.items():
        part = definition.get("properties", {}).get(field.alias or name)
        if part is not None and name in said:
            described = part | {"description": said[name]}
            part.clear()
            part.update(sorted(described.items()))


def _exemplify(generated: dict[str, Any], block: dict[str, Any], path: str) -> None:
    """Put its examples beside each block, and beside what is kept by keys of one's own."""
    for name, part in block.get("properties", {}).items():
        here = f"{path}{name}"
        found = [one for one in examples.of(here) if isinstance(one, dict | list)]
        if found:
            part["examples"] = found
        for one in (part, *part.get("anyOf", ())):
            inner = _referred(generated, one)
            if inner is not one and "properties" in inner:
                _exemplify(generated, inner, f"{here}.")


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
