"""Plans in as few words as a test needs: what no provider of today's emulator makes."""

from __future__ import annotations

import json
from typing import Any

CLUSTER = "aws_rds_cluster.main"
INSTANCE = "aws_rds_cluster_instance.one"

RUNNING: dict[str, Any] = {
    "id": "acme",
    "arn": "arn:aws:rds:eu-west-1:444444444444:cluster:acme",
    "cluster_identifier": "acme",
    "engine": "aurora-postgresql",
    "engine_version": "15.10",
    "engine_version_actual": "15.10",
    "database_name": "acme",
    "port": 5432,
    "backup_retention_period": 14,
    "deletion_protection": True,
    "skip_final_snapshot": False,
    "final_snapshot_identifier": "acme-final",
    "delete_automated_backups": False,
    "apply_immediately": False,
    "preferred_maintenance_window": "sun:03:00-sun:03:30",
    "db_cluster_parameter_group_name": "acme",
}

MEMBER: dict[str, Any] = {
    "id": "acme-one",
    "identifier": "acme-one",
    "cluster_identifier": "acme",
    "engine": "aurora-postgresql",
    "instance_class": "db.r6g.large",
    "apply_immediately": False,
    "preferred_maintenance_window": "sun:04:00-sun:04:30",
    "writer": True,
}


def entry(address: str, actions: list[str], before: Any, after: Any, **more: Any) -> dict[str, Any]:
    """Return a resource's entry; ``change`` in the further keys is laid over its change."""
    change = {"actions": actions, "before": before, "after": after, **more.pop("change", {})}
    kind = address.rpartition(".")[0].rpartition(".")[2]
    return {"address": address, "mode": "managed", "type": kind, "change": change, **more}


def updated(address: str, before: dict[str, Any], **changes: Any) -> dict[str, Any]:
    """Return an entry that changes some arguments in place."""
    return entry(address, ["update"], before, {**before, **changes})


def plan(*entries: dict[str, Any], **more: Any) -> bytes:
    """Return a plan's JSON."""
    return json.dumps({"format_version": "1.2", "resource_changes": list(entries), **more}).encode()
