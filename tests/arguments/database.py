"""The rows of the database stack."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog import engine_versions, limits
from settings import topology
from tests.arguments.rows import LEAVES_LAST, PREVENT_DESTROY, Row, Said, Such, Where, protected, rows

if TYPE_CHECKING:
    from collections.abc import Callable

    from settings.topology import PlacedInstance


def _placed(where: Where) -> PlacedInstance:
    """Return the instance that a resource is."""
    return {one.key.replace("-", "_"): one for one in topology.instances(where.environment)}[where.part]


def _made_before(where: Where) -> list[str]:
    """Return what an instance waits for: its role, and the instance that is to be the writer."""
    placed = topology.instances(where.environment)
    tier = min(one.promotion_tier for one in placed)
    keys = [one.key for one in placed if one.promotion_tier == tier]
    writer = min(keys, key=lambda key: (int(key) if key.isdecimal() else 0, key)).replace("-", "_")
    waits = [f"aws_rds_cluster_instance.instance_{writer}"] if where.name != f"instance_{writer}" else []
    return ([MONITORING] if _monitored(where) else []) + waits


def _monitored(where: Where) -> bool:
    return where.database.monitoring.interval_seconds > 0


def _upgrading(where: Where) -> bool:
    return where.database.allow_major_version_upgrade


def _at_once(where: Where) -> bool:
    return where.database.changes_apply == "at_once" or _upgrading(where)


def _left_alone(where: Where) -> list[str]:
    """Return the arguments that a running cluster keeps, whatever the file says."""
    database = where.database
    kept = ["engine_lifecycle_support", "restore_to_point_in_time", "snapshot_identifier"]
    kept += [] if _upgrading(where) else ["db_instance_parameter_group_name"]
    kept += [] if database.upgrade or _upgrading(where) else ["engine_version"]
    kept += [] if _serverless(where) else ["serverlessv2_scaling_configuration"]
    return kept


def _serverless(where: Where) -> bool:
    return where.database.capacity is not None


def _pausing(where: Where) -> bool:
    return where.database.capacity is not None and where.database.capacity.minimum == 0


def _capacity(where: Where, name: str) -> float:
    return float(getattr(where.database.capacity, name))


def _of_itself(where: Where) -> bool:
    return where.database.origin is None


def _managed(where: Where) -> bool:
    return where.database.master_user.is_managed


def _restored(where: Where) -> bool:
    origin = where.database.origin
    return origin is not None and origin.snapshot is None


def _refreshed(where: Where) -> bool:
    return where.database.origin is not None and where.database.origin.refresh is not None


def _given(kind: str) -> Callable[[Where], bool]:
    """Return whether a name of that kind is given."""
    return lambda where: getattr(where.names.given, kind) is not None


def _key(purpose: str) -> Said:
    """Return the key that the file names, or the one that is made."""
    return Said(lambda w: getattr(w.environment.encryption, purpose) or f"${{aws_kms_key.{purpose}.arn}}")


INSIGHTS_KEY = Said(
    lambda w: (
        w.environment.encryption.performance_insights or w.environment.encryption.data or "${aws_kms_key.data.arn}"
    )
)


def _family(where: Where) -> str:
    return engine_versions.family(where.database.engine_version)


RETENTION = {"standard": 7, "advanced": 465}

LOGS = [f"aws_cloudwatch_log_group.{kind}" for kind in ("postgresql", "iam_db_auth_error", "instance")]

MONITORING = "aws_iam_role_policy_attachment.monitoring"

CLUSTER = "aws_rds_cluster.aurora"

INSTANCE = "aws_rds_cluster_instance.instance_*"

ROWS: tuple[Row, ...] = (
    *rows(
        CLUSTER,
        ("cluster_identifier", Said(lambda w: w.names.cluster), "Other names, logs and policies follow it"),
        ("engine", "aurora-postgresql", "The engine that all parameters and checks are about"),
        ("engine_mode", "provisioned", "Serverless v2 is provisioned, too; left out, an import plans a replacement"),
        (
            "engine_version",
            Said(lambda w: engine_versions.exact(w.database.engine_version)),
            "The file decides which version runs",
        ),
        (
            "engine_lifecycle_support",
            "open-source-rds-extended-support-disabled",
            "Extended Support costs per core and hour, and starts by itself where nothing is said",
        ),
        (
            "lifecycle.ignore_changes",
            Said(_left_alone),
            "What the provider would send when these change AWS refuses or takes for something else",
        ),
        (
            "db_cluster_parameter_group_name",
            "${aws_rds_cluster_parameter_group.cluster.name}",
            "Without it the cluster has AWS's default parameters, and all tuning is lost",
        ),
        ("port", Said(lambda w: w.database.port), "Security groups admit this port and no other"),
        ("iam_database_authentication_enabled", True, "Applications connect with tokens and have no password"),
        (
            "db_subnet_group_name",
            "${aws_db_subnet_group.database.name}",
            "Without it RDS takes the default VPC's subnets, which are public",
        ),
        (
            "vpc_security_group_ids",
            Said(lambda w: ["${aws_security_group.database.id}", *w.database.access.attached]),
            "Without it the VPC's default security group decides who may connect",
        ),
        (
            "storage_type",
            Said(lambda w: {"standard": "aurora", "io_optimized": "aurora-iopt1"}[w.database.storage]),
            "Going back from I/O-Optimized to an absent value is not detected",
        ),
        ("storage_encrypted", True, "Data at rest is encrypted, which cannot be changed later"),
        ("kms_key_id", _key("data"), "A snapshot under AWS's own key can be shared with no account"),
        ("enabled_cloudwatch_logs_exports", [*limits.LOG_TYPES], "What is not exported is lost with the instance"),
        (
            "depends_on",
            Said(lambda w: LOGS + ([MONITORING] if _monitored(w) else [])),
            "RDS would make the log groups itself, without key and retention",
        ),
        (
            "database_insights_mode",
            Said(lambda w: w.database.monitoring.insights),
            "Left out, a change back is not seen",
        ),
        ("performance_insights_enabled", True, "What the database waits for cannot be seen afterwards"),
        (
            "performance_insights_kms_key_id",
            INSIGHTS_KEY,
            "It holds statements; it cannot be changed later",
        ),
        (
            "performance_insights_retention_period",
            Said(lambda w: RETENTION[w.database.monitoring.insights]),
            "7 days are free; Database Insights advanced needs 465",
        ),
        ("backup_retention_period", Said(lambda w: w.database.backup.retention_days), "How far back a restore reaches"),
        ("preferred_backup_window", Said(lambda w: w.database.backup.window), "A random one could meet the busy hours"),
        (
            "preferred_maintenance_window",
            Said(lambda w: w.database.maintenance.window),
            "A random one could meet the busy hours, or the backup",
        ),
        ("copy_tags_to_snapshot", True, "Costs of snapshots are found by the same tags"),
        ("delete_automated_backups", Said(lambda w: not w.protected), "Backups outlive a protected cluster"),
        ("deletion_protection", Said(lambda w: w.protected), "AWS itself refuses to delete a protected cluster"),
        ("skip_final_snapshot", Said(lambda w: not w.protected), "A protected cluster leaves a last snapshot"),
        ("apply_immediately", Said(_at_once), "A change waits for the window where the file says so"),
    ),
    *rows(
        CLUSTER,
        PREVENT_DESTROY,
        (
            "final_snapshot_identifier",
            Said(lambda w: f"{w.names.cluster}-final-${{terraform_data.incarnation.id}}"),
            "A name that was used before makes the destroy fail",
        ),
        when=protected,
    ),
    *rows(
        CLUSTER,
        ("allow_major_version_upgrade", True, "AWS refuses a new major version without it"),
        (
            "db_instance_parameter_group_name",
            "${aws_db_parameter_group.instance.name}",
            "A major upgrade needs the instances' group of the new family, and is the only time that this is valid",
        ),
        when=_upgrading,
    ),
    *rows(
        CLUSTER,
        (
            "serverlessv2_scaling_configuration.min_capacity",
            Said(lambda w: _capacity(w, "minimum")),
            "What is paid at least",
        ),
        (
            "serverlessv2_scaling_configuration.max_capacity",
            Said(lambda w: _capacity(w, "maximum")),
            "What is paid at most",
        ),
        when=_serverless,
    ),
    Row(
        CLUSTER,
        "serverlessv2_scaling_configuration.seconds_until_auto_pause",
        Said(lambda w: (w.database.capacity and w.database.capacity.pause_after_seconds) or 300),
        "AWS's default, written out so that the plan shows it; elsewhere the plan would never settle",
        _pausing,
    ),
    Row(
        CLUSTER,
        "monitoring_interval",
        Said(lambda w: w.database.monitoring.interval_seconds),
        "Left out, the cluster would keep the interval that it once had",
    ),
    Row(
        CLUSTER,
        "monitoring_role_arn",
        "${aws_iam_role.monitoring.arn}",
        "RDS publishes what it measures in this role",
        _monitored,
    ),
    *rows(
        INSTANCE,
        ("identifier", Said(lambda w: w.names.instance(_placed(w).key)), "Left out, each has a random name"),
        ("cluster_identifier", "${aws_rds_cluster.aurora.id}", "By its id they follow the cluster if it is replaced"),
        ("engine", "aurora-postgresql", "Must be the cluster's; another one is refused"),
        ("instance_class", Said(lambda w: _placed(w).instance_class), "Memory and price of the instance"),
        ("availability_zone", Said(lambda w: _placed(w).zone), "Follows from the key, so that no instance ever moves"),
        ("promotion_tier", Said(lambda w: _placed(w).promotion_tier), "Who becomes the writer after a failover"),
        (
            "db_parameter_group_name",
            "${aws_db_parameter_group.instance.name}",
            "AWS's default group cannot be changed, and changing groups needs a reboot",
        ),
        (
            "auto_minor_version_upgrade",
            Said(lambda w: engine_versions.is_major(w.database.engine_version)),
            "An exact version is not moved by AWS, which would fight with the file",
        ),
        (
            "ca_cert_identifier",
            Said(lambda w: w.database.ca_certificate),
            "Clients verify the server against this authority; AWS's default changes with the region's",
        ),
        ("publicly_accessible", False, "Left out, it follows from the subnets"),
        (
            "monitoring_interval",
            Said(lambda w: w.database.monitoring.interval_seconds),
            "Seconds between two looks at the operating system",
        ),
        ("performance_insights_enabled", True, "What the database waits for cannot be seen afterwards"),
        (
            "performance_insights_kms_key_id",
            INSIGHTS_KEY,
            "It holds statements; it cannot be changed later",
        ),
        (
            "performance_insights_retention_period",
            Said(lambda w: RETENTION[w.database.monitoring.insights]),
            "Another one than the cluster's is refused",
        ),
        (
            "preferred_maintenance_window",
            Said(lambda w: _placed(w).maintenance_window),
            "Each has one of its own, so that not all are away at once",
        ),
        ("copy_tags_to_snapshot", True, "Like the cluster's; another value shows in each plan"),
        ("apply_immediately", Said(_at_once), "A change waits for the window where the file says so"),
    ),
    *rows(
        INSTANCE,
        ("monitoring_role_arn", "${aws_iam_role.monitoring.arn}", "RDS publishes what it measures in this role"),
        when=_monitored,
    ),
    Row(
        INSTANCE,
        "depends_on",
        Said(_made_before),
        "RDS tries to assume the role when an instance is made; the first one that is made becomes the writer",
        lambda w: bool(_made_before(w)),
    ),
    Row(INSTANCE, *PREVENT_DESTROY, protected),
    *rows(
        "aws_db_subnet_group.database",
        ("name", Said(lambda w: w.names.subnet_group), "Left out, it has a random name"),
        ("description", "Aurora PostgreSQL", "Who looks at it in the console knows what it is for"),
        (
            "subnet_ids",
            Said(
                lambda w: (
                    [id_ for _, id_ in sorted(w.environment.network.existing.database_subnets.items())]
                    if w.environment.network.existing
                    else "${data.terraform_remote_state.network.outputs.database_subnet_ids}"
                )
            ),
            "The database stands in the subnets that are meant for it",
        ),
    ),
    *rows(
        "terraform_data.incarnation",
        ("triggers_replace.identifier", Said(lambda w: w.names.cluster), "It replaces the cluster"),
        ("triggers_replace.database_name", Said(lambda w: w.database.name), "It replaces the cluster"),
        ("triggers_replace.master_username", Said(lambda w: w.database.master_user.name), "It replaces the cluster"),
        ("triggers_replace.data_key_arn", _key("data"), "It replaces the cluster"),
    ),
    *rows(
        CLUSTER,
        ("database_name", Said(lambda w: w.database.name), "Consumers connect to it; it cannot be changed in place"),
        ("master_username", Said(lambda w: w.database.master_user.name), "The managed secret is this user's"),
        when=_of_itself,
    ),
    *rows(
        CLUSTER,
        ("manage_master_user_password", True, "RDS makes and rotates the password, so that nobody here knows it"),
        (
            "master_user_secret_kms_key_id",
            _key("secrets"),
            "Under AWS's own key no policy of ours decides who reads the secret",
        ),
        when=_managed,
    ),
    *rows(
        CLUSTER,
        (
            "restore_to_point_in_time.source_cluster_identifier",
            Said(lambda w: w.database.origin and w.database.origin.cluster),
            "It is made of this one",
        ),
        ("restore_to_point_in_time.restore_type", "full-copy", "Its storage has nothing to do with the source's"),
        (
            "restore_to_point_in_time.restore_to_time",
            Said(lambda w: w.database.origin and w.database.origin.time),
            "As it was then",
        ),
        when=_restored,
    ),
    Row(
        CLUSTER,
        "lifecycle.replace_triggered_by",
        ["terraform_data.incarnation"],
        "Another text of refresh makes it anew, and nothing else about its origin does",
        _refreshed,
    ),
    Row(
        "terraform_data.incarnation",
        "triggers_replace.refresh",
        Said(lambda w: w.database.origin and w.database.origin.refresh),
        "It replaces the cluster",
        _refreshed,
    ),
    *(
        Row(
            address,
            "lifecycle.ignore_changes",
            ["description"],
            "Who named it described it; another description would replace it",
            _given(kind),
        )
        for address, kind in (
            ("aws_db_parameter_group.instance", "instance_parameter_group"),
            ("aws_db_subnet_group.database", "subnet_group"),
            ("aws_rds_cluster_parameter_group.cluster", "cluster_parameter_group"),
            ("aws_security_group.database", "security_group"),
        )
    ),
    *rows(
        "aws_rds_cluster_parameter_group.cluster",
        (
            "name",
            Said(lambda w: w.names.cluster_parameter_group(w.database.engine_version)),
            "Two exist during an upgrade",
        ),
        ("family", Said(_family), "Another one than the version's is refused"),
        ("description", "Aurora PostgreSQL cluster parameters", "A change of it replaces the group"),
        ("lifecycle.create_before_destroy", True, "A group in use cannot be deleted"),
        ("parameter[].name", Such(bool), "tests/synthesis/test_synthesis_parameters.py holds each parameter"),
        ("parameter[].value", Such(lambda value: value is not None), "The same tests hold each value"),
        (
            "parameter[].apply_method",
            Such(lambda method: method in {"immediate", "pending-reboot"}),
            "A static parameter applied at once is refused; which is which, the same tests hold",
        ),
    ),
    *rows(
        "aws_db_parameter_group.instance",
        (
            "name",
            Said(lambda w: w.names.instance_parameter_group(w.database.engine_version)),
            "Two exist during an upgrade",
        ),
        ("family", Said(_family), "Another one than the version's is refused"),
        ("description", "Aurora PostgreSQL instance parameters", "A change of it replaces the group"),
        ("lifecycle.create_before_destroy", True, "A group in use cannot be deleted"),
    ),
    *rows(
        "aws_cloudwatch_log_group.postgresql|iam_db_auth_error|instance",
        ("name", Said(lambda w: w.names.log_group(w.name.replace("_", "-"))), "RDS writes to this name and no other"),
        (
            "retention_in_days",
            Said(lambda w: getattr(w.database.logs, w.name)),
            "Without it logs are kept, and paid, for ever",
        ),
        ("kms_key_id", "${aws_kms_key.logs.arn}", "Logs hold statements with their values"),
        ("skip_destroy", Said(lambda w: w.protected), "Logs outlive a protected environment"),
    ),
    *rows(
        "aws_iam_role.monitoring",
        ("name", Said(lambda w: w.names.monitoring_role), "The role's policy names it"),
        ("description", "Enhanced Monitoring of Aurora PostgreSQL", "Who reviews roles knows what it is for"),
        (
            "assume_role_policy",
            Such(lambda text: "monitoring.rds.amazonaws.com" in text),
            "RDS's monitoring assumes it",
        ),
        LEAVES_LAST,
    ),
    *rows(
        "aws_iam_role_policy_attachment.monitoring",
        ("role", "${aws_iam_role.monitoring.name}", "Without it nothing is published"),
        LEAVES_LAST,
        (
            "policy_arn",
            "arn:aws:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole",
            "AWS's own policy, which follows what Enhanced Monitoring needs",
        ),
    ),
    *rows(
        "aws_secretsmanager_secret_rotation.master",
        ("secret_id", "${aws_rds_cluster.aurora.master_user_secret[0].secret_arn}", "The secret that RDS made"),
        ("rotate_immediately", False, "A rotation during an apply locks out whoever is connecting"),
        (
            "rotation_rules.schedule_expression",
            Said(
                lambda w: (
                    "rate(1 day)"
                    if w.database.master_user.rotation_days == 1
                    else f"rate({w.database.master_user.rotation_days} days)"
                )
            ),
            "Left out, AWS rotates every seven days",
        ),
    ),
    *rows(
        "aws_kms_key.data|secrets|logs",
        (
            "description",
            Said(
                lambda w: {
                    "data": "Aurora storage and Performance Insights of <generation>",
                    "secrets": "Database secrets of <generation>",
                    "logs": "Database logs of <generation>",
                }[w.name]
            ),
            "Who is about to delete a key reads what it is for",
        ),
    ),
    *rows(
        "aws_security_group.database",
        ("name", Said(lambda w: w.names.security_group), "A change of it replaces the group"),
        ("description", "Aurora PostgreSQL", "A change of it replaces the group"),
        ("tags.Name", Said(lambda w: w.names.security_group), "The console shows this one"),
    ),
    *rows(
        "aws_vpc_security_group_ingress_rule.from_cidr_*",
        ("cidr_ipv4", Said(lambda w: w.database.access.cidrs[w.part.replace("_", "-")]), "Only what the file names"),
        ("description", "PostgreSQL from block <-*>", "Who reviews rules knows whom it admits"),
    ),
    *rows(
        "aws_vpc_security_group_ingress_rule.from_security_group_*",
        (
            "referenced_security_group_id",
            Said(lambda w: w.database.access.security_groups[w.part.replace("_", "-")]),
            "Only what the file names",
        ),
        ("description", "PostgreSQL from security group <-*>", "Who reviews rules knows whom it admits"),
    ),
    *rows(
        "aws_vpc_security_group_ingress_rule.from_cidr_*|from_security_group_*|from_peered_*|from_ipv6_*",
        ("security_group_id", "${aws_security_group.database.id}", "The database's own group"),
        ("from_port", Said(lambda w: w.database.port), "The port that the database listens on"),
        ("to_port", Said(lambda w: w.database.port), "And no other port"),
        ("ip_protocol", "tcp", "PostgreSQL speaks TCP alone"),
    ),
)
