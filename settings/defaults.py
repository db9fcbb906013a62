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


STAND_INS = {
    "tier": tiers.TIERS[0],
    "project": "project",
    "aws.account_id": "000000000000",
    "aws.region": "us-east-1",
    "network": {"create": {"cidr": "10.0.0.0/16"}},
    "state": {"backend": "local"},
}
"""Values for what a file has to say and says wrongly, so that the rest of it is still checked."""

FOLLOWERS = {
    "aws": ("access.proxy", "aws", "database.instances", "network", "state"),
    "aws.region": ("access.proxy", "aws.zones", "database.instances", "network", "state"),
    "aws.zones": ("database.instances", "network"),
    "network": ("database.access", "database.instances"),
    "network.create.nat": ("network.create.interface_endpoints",),
    "network.create": ("database.access", "database.instances"),
    "network.create.cidr": ("database.access", "network.create.subnet_cidrs"),
    "network.existing": ("database.access", "database.instances"),
    "network.existing.cidr": ("database.access",),
    "network.existing.database_subnets": ("database.instances",),
    "network.existing.vpc_id": ("network.existing",),
    "access": ("network.create.interface_endpoints", "network.existing"),
    "database.engine_version": (
        "database.instance_class",
        "database.instances",
        "database.capacity",
        "database.parameters",
        "access.proxy",
    ),
    "database.capacity": ("access.proxy",),
    "database.instance_class": ("database.instances", "database.capacity"),
    "database.instances": ("database.capacity",),
    "database.backup.window": ("database.maintenance", "database.instances"),
    "database.maintenance.window": ("database.backup.window", "database.instances"),
}
"""Whose findings would only follow from another key's wrong value."""

SIZES = ("database.instance_class", "database.instances", "database.capacity", "database.tuning")
"""What decides how much memory there is, and what it is wanted for."""


def stood_in(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data with its tier's defaults and with stand-ins for what is missing without a default."""
    merged, _ = complete(data)
    for key, value in STAND_INS.items():
        *parents, last = key.split(".")
        place: Any = merged
        for parent in parents:
            place = place.setdefault(parent, {})
        place.setdefault(last, copied(value))
    return merged


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
