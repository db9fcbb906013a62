"""Plans of the real provider made small enough to keep: what nothing is done to is left with what identifies it."""

from __future__ import annotations

import json
from typing import Any

KEPT = {
    *("id", "arn", "identifier", "cluster_identifier", "engine", "engine_version", "engine_version_actual", "name"),
    *("family", "parameter", "db_cluster_parameter_group_name", "db_parameter_group_name", "instance_class", "writer"),
    *("apply_immediately", "preferred_maintenance_window", "port", "kms_key_id", "db_subnet_group_name"),
}
"""Arguments of untouched resources that a review reads."""

TYPES = {"aws_rds_cluster", "aws_rds_cluster_instance", "aws_rds_cluster_parameter_group", "aws_db_parameter_group"}
"""Types whose untouched resources a review reads."""

EMPTY: tuple[Any, ...] = (None, "", [], {})

COPIED = ("format_version", "terraform_version", "errored", "complete", "applyable", "checks", "resource_drift")
"""Keys of a plan that are kept as they are."""


def trimmed(plan: dict[str, Any]) -> dict[str, Any]:
    """Return a plan with its changes and what a review reads beside them."""
    small = {key: plan[key] for key in COPIED if key in plan}
    for entry in small.get("resource_drift", ()):
        entry.pop("provider_name", None)
    if "resource_changes" in plan:
        small["resource_changes"] = [
            _change(entry) for entry in plan["resource_changes"] if _touched(entry) or entry["type"] in TYPES
        ]
    return small


def _touched(entry: dict[str, Any]) -> bool:
    change = entry["change"]
    return change["actions"] not in (["no-op"], ["read"]) or "previous_address" in entry or "importing" in change


def _change(entry: dict[str, Any]) -> dict[str, Any]:
    change = entry["change"]
    if _touched(entry):
        kept_keys = {key: value for key, value in entry.items() if key != "provider_name"}
        return {**kept_keys, "change": _without_empty(change)}
    sides = {side: {key: value for key, value in change[side].items() if key in KEPT} for side in ("before", "after")}
    return {
        "address": entry["address"],
        "mode": entry["mode"],
        "type": entry["type"],
        "change": {"actions": change["actions"], **sides},
    }


def _without_empty(change: dict[str, Any]) -> dict[str, Any]:
    """Return a change without the arguments that say nothing on either side, and are not known later."""
    before, after, unknown = (change.get(key) or {} for key in ("before", "after", "after_unknown"))
    empty = {
        name
        for name in {*before, *after}
        if before.get(name) in EMPTY and after.get(name) in EMPTY and not unknown.get(name)
    }
    return {
        key: {name: inner for name, inner in value.items() if name not in empty} if isinstance(value, dict) else value
        for key, value in change.items()
    }


def kept(plan: dict[str, Any]) -> str:
    """Return a plan as it is kept in git: trimmed, in one line for each resource."""
    small = trimmed(plan)
    rest = {key: value for key, value in small.items() if key != "resource_changes"}
    lines = [f"{json.dumps(key)}: {json.dumps(value, sort_keys=True)}" for key, value in sorted(rest.items())]
    if "resource_changes" in small:
        changes = ",\n".join(json.dumps(entry, sort_keys=True) for entry in small["resource_changes"])
        lines.append(f'"resource_changes": [\n{changes}\n]')
    return "{" + ",\n".join(lines) + "}\n"
