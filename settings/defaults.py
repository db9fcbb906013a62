"""Lays a tier's defaults under what an environment file says."""

from __future__ import annotations

from typing import Any

from settings import tiers


def complete(data: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the data with its tier's defaults, and for each default's key that it is the tier's."""
    merged = copied(data)
    origins: dict[str, str] = {}
    said = data.get("tier")
    # A wrong tier is one mistake, not one for each default that it would have had.
    tier = said if isinstance(said, str) and said in tiers.TIERS else tiers.TIERS[0]
    for key, default in tiers.column(tiers.DEFAULTS, tier).items():
        if any(key.startswith(f"{block}.") and not _has(data, block) for block in tiers.OPTIONAL_BLOCKS):
            continue
        *parents, last = key.split(".")
        place: Any = merged
        for parent in parents:
            place = place.setdefault(parent, {}) if isinstance(place, dict) else None
        if isinstance(place, dict) and last not in place:
            place[last] = copied(default)
            origins[key] = f"tier {tier}"
    return merged, origins


def _has(data: Any, key: str) -> bool:
    for part in key.split("."):
        if not isinstance(data, dict) or part not in data:
            return False
        data = data[part]
    return True


def copied(value: Any) -> Any:
    """Return a deep copy of plain data."""
    if isinstance(value, dict):
        return {key: copied(item) for key, item in value.items()}
    if isinstance(value, list):
        return [copied(item) for item in value]
    return value
