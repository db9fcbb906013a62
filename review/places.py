"""Which line of an environment file says what a plan changes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from review.finding import Found
    from review.judge import Review
    from settings.loaded import Loaded

KEYS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = {
    ("aws_rds_cluster", "port"): ("database.port",),
    ("aws_rds_cluster", "engine_version"): ("database.engine_version",),
    ("aws_rds_cluster", "allow_major_version_upgrade"): ("database.allow_major_version_upgrade",),
    ("aws_rds_cluster", "db_cluster_parameter_group_name"): ("database.engine_version",),
    ("aws_rds_cluster", "database_name"): ("database.name",),
    ("aws_rds_cluster", "master_username"): ("database.master_user.name",),
    ("aws_rds_cluster", "storage_type"): ("database.storage",),
    ("aws_rds_cluster", "serverlessv2_scaling_configuration"): ("database.capacity",),
    ("aws_rds_cluster", "backup_retention_period"): ("database.backup.retention_days",),
    ("aws_rds_cluster", "preferred_backup_window"): ("database.backup.window",),
    ("aws_rds_cluster", "preferred_maintenance_window"): ("database.maintenance.window",),
    ("aws_rds_cluster", "apply_immediately"): ("database.changes_apply",),
    ("aws_rds_cluster", "database_insights_mode"): ("database.monitoring.insights",),
    ("aws_rds_cluster", "monitoring_interval"): ("database.monitoring.interval_seconds",),
    ("aws_rds_cluster", "deletion_protection"): ("protected",),
    ("aws_rds_cluster", "skip_final_snapshot"): ("database.backup.final_snapshot", "protected"),
    ("aws_rds_cluster", "final_snapshot_identifier"): ("database.backup.final_snapshot", "protected"),
    ("aws_rds_cluster", "delete_automated_backups"): ("protected",),
    ("aws_rds_cluster", ""): ("database",),
    ("aws_rds_cluster_instance", "instance_class"): ("database.instances.*.instance_class", "database.instance_class"),
    ("aws_rds_cluster_instance", "availability_zone"): ("database.instances.*.zone", "aws.zones"),
    ("aws_rds_cluster_instance", "promotion_tier"): ("database.instances.*.promotion_tier",),
    ("aws_rds_cluster_instance", "preferred_maintenance_window"): (
        "database.instances.*.maintenance_window",
        "database.maintenance.window",
    ),
    ("aws_rds_cluster_instance", "ca_cert_identifier"): ("database.ca_certificate",),
    ("aws_rds_cluster_instance", "auto_minor_version_upgrade"): ("database.engine_version",),
    ("aws_rds_cluster_instance", "monitoring_interval"): ("database.monitoring.interval_seconds",),
    ("aws_rds_cluster_instance", "apply_immediately"): ("database.changes_apply",),
    ("aws_rds_cluster_instance", "db_parameter_group_name"): ("database.engine_version",),
    ("aws_rds_cluster_instance", ""): ("database.instances.*", "database.instances"),
    ("aws_rds_cluster_parameter_group", "parameter"): ("database.parameters.*", "database.tuning"),
    ("aws_rds_cluster_parameter_group", ""): ("database.engine_version",),
    ("aws_db_parameter_group", ""): ("database.engine_version",),
    ("aws_cloudwatch_log_group", "retention_in_days"): ("database.logs",),
    ("aws_cloudwatch_log_group", "skip_destroy"): ("protected",),
    ("aws_kms_key", "deletion_window_in_days"): ("protected",),
    ("aws_secretsmanager_secret_rotation", ""): ("database.master_user.rotation_days",),
    ("aws_vpc_security_group_ingress_rule", ""): ("database.access",),
    ("aws_vpc_endpoint", ""): ("network.create.interface_endpoints", "network"),
    ("aws_subnet", ""): ("aws.zones", "network"),
    ("aws_vpc", ""): ("network",),
    ("aws_nat_gateway", ""): ("network.create.nat",),
    ("aws_lambda_function", ""): ("access",),
}
"""Keys of an environment file by resource and argument, the likeliest first; ``*`` is an instance's or parameter's."""


def placed(review: Review, loaded: Loaded) -> Review:
    """Return the review with the file and line that says each change, where the file says it."""
    return replace(
        review,
        plans=tuple(
            replace(judged, findings=tuple(_placed(found, loaded) for found in judged.findings))
            for judged in review.plans
        ),
    )


def _placed(found: Found, loaded: Loaded) -> Found:
    if not found.address:
        return found
    kind, _, name = found.address.partition(".")
    root, _, below = found.argument.partition(".")
    star = below if root == "parameter" else name.removeprefix("instance_").replace("_", "-")
    candidates = (*KEYS.get((kind, found.argument), ()), *KEYS.get((kind, root), ()), *KEYS.get((kind, ""), ()))
    line = _line((key.replace("*", star) for key in candidates), loaded.given)
    # What the file does not say, its tier does.
    return replace(found, place=(loaded.file, line or loaded.given.get("tier", 1))) if candidates else found


def _line(keys: Iterable[str], given: Mapping[str, int]) -> int | None:
    for key in keys:
        lines = [line for name, line in given.items() if name == key or name.startswith((f"{key}.", f"{key}["))]
        if lines:
            return min(lines)
    return None
