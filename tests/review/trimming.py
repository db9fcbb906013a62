"""Plans of the real provider made small enough to keep: what nothing is done to is left with what identifies it."""

from __future__ import annotations

from typing import Any

KEPT = {
    *("id", "arn", "identifier", "cluster_identifier", "engine", "engine_version", "engine_version_actual", "name"),
    *("family", "parameter", "db_cluster_parameter_group_name", "db_parameter_group_name", "instance_class", "writer"),
    *("apply_immediately", "preferred_maintenance_window", "port", "kms_key_id", "db_subnet_group_name"),
}
"""Arguments of untouched resources that a review reads."""

TYPES = {"aws_rds_cluster", "aws_rds_cluster_instance", "aws_rds_cluster_parameter_group", "aws_db_parameter_group"}
"""Types whose untouched resources a review reads."""

COPIED = ("format_version", "terraform_version", "errored", "complete", "applyable", "checks", "resource_drift")


def trimmed(plan: dict[str, Any]) -> dict[str, Any]:
    """Return a plan with its changes and what a review reads beside them."""
    small = {key: plan[key] for key in COPIED if key in plan}
    if "resource_changes" in plan:
        small["resource_changes"] = [
            _change(entry) for entry in plan["resource_changes"] if _touched(entry) or entry["type"] in TYPES
        ]
    return small


def _touched(entry: dict[str, Any]) -> bool:
    change = entry["change"]
    return change["actions"] not in (["no-op"], ["read"]) or "previous_address" in entry or "importing" in change


def _change(entry: dict[str, Any]) -> dict[str, Any]:
    if _touched(entry):
        return entry
    change = entry["change"]
    sides = {side: {key: value for key, value in change[side].items() if key in KEPT} for side in ("before", "after")}
    return {
        "address": entry["address"],
        "mode": entry["mode"],
        "type": entry["type"],
        "change": {"actions": change["actions"], **sides},
    }
