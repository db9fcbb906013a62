"""What changing a key of an environment file does to what is deployed, by the catalogue's effects of the arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from catalog import effects

if TYPE_CHECKING:
    from collections.abc import Iterator

    from catalog.effects import ArgumentEffect, When

Arguments: TypeAlias = tuple[tuple[str, str], ...]

CLUSTER, INSTANCE, GROUP = "aws_rds_cluster", "aws_rds_cluster_instance", "aws_rds_cluster_parameter_group"

NOTHING: Final = "nothing for those connected"
ANOTHER: Final = "makes another environment, with a state of its own; the old one stays"
PERMISSIONS: Final = "whoever relies on it connects no more, or may"
ONCE: Final = "counts once, at creation or import; " + NOTHING
ALARMS: Final = "alarms alone; " + NOTHING
MOVES: Final = "moves the state: [state.md](state.md) first"
SHIFT: Final = "routes and endpoints of the VPC; the plan names them"
CHILDREN: Final = "see its keys"
PLANNED: Final = "the plan says what"

SUCCESSOR: Final = "database.successor"

BY_KEY: Final[tuple[tuple[str, Arguments | str], ...]] = (
    ("tier", "all defaults at once: `main.py diff` shows them"),
    ("project", ANOTHER),
    ("tags", ((CLUSTER, "tags"),)),
    ("own_tags", ((CLUSTER, "tags"),)),
    ("ignore_tags", "which tags of others stay; " + NOTHING),
    ("protected", ((CLUSTER, "deletion_protection"),)),
    ("aws.account_id", ANOTHER),
    ("aws.region", ANOTHER),
    ("aws.zones", ((INSTANCE, "availability_zone"),)),
    ("network.create.cidr", "the VPC is made anew: refused while a database is in it"),
    ("network.create.database_subnets", ((CLUSTER, "db_subnet_group_name"),)),
    ("network.create.ip", ((CLUSTER, "network_type"),)),
    ("network.create.flow_log_retention_days", (("aws_cloudwatch_log_group", "retention_in_days"),)),
    ("network.create", SHIFT),
    ("network.existing.vpc_id", ((CLUSTER, "db_subnet_group_name"),)),
    ("network.existing.subnet_group", ((CLUSTER, "db_subnet_group_name"),)),
    ("network.existing.ip", ((CLUSTER, "network_type"),)),
    ("network.existing.database_subnets", (("aws_db_subnet_group", "subnet_ids"),)),
    ("network.existing", "rules and places of the function; the plan names them"),
    ("database.exists", "creation rules hold, or do not; " + NOTHING),
    ("database.origin", ONCE),
    ("database.name", ((CLUSTER, "database_name"),)),
    ("database.initial_database", ((CLUSTER, "database_name"),)),
    ("database.port", ((CLUSTER, "port"),)),
    ("database.engine_version", "nothing without `upgrade` or `allow_major_version_upgrade`"),
    ("database.upgrade", ((CLUSTER, "engine_version"),)),
    ("database.allow_major_version_upgrade", ((CLUSTER, "engine_version"),)),
    ("database.instance_class", ((INSTANCE, "instance_class"),)),
    ("database.instances.<key>.instance_class", ((INSTANCE, "instance_class"),)),
    ("database.instances.<key>.promotion_tier", ((INSTANCE, "promotion_tier"),)),
    ("database.instances.<key>.zone", ((INSTANCE, "availability_zone"),)),
    ("database.instances.<key>.maintenance_window", ((INSTANCE, "preferred_maintenance_window"),)),
    ("database.instances", "one more is made; one less, or another key, is deleted with its sessions"),
    ("database.capacity.maximum", ((CLUSTER, "serverlessv2_scaling_configuration.max_capacity"),)),
    ("database.capacity", ((CLUSTER, "serverlessv2_scaling_configuration"),)),
    ("database.storage", ((CLUSTER, "storage_type"),)),
    ("database.tuning", "its parameters: `show` says which wait for a reboot"),
    ("database.parameters", "at once, or at the next reboot: `show` says which"),
    ("database.preload_libraries", ((GROUP, "parameter"),)),
    ("database.changes_apply", ((CLUSTER, "apply_immediately"),)),
    ("database.backup.retention_days", ((CLUSTER, "backup_retention_period"),)),
    ("database.backup.window", ((CLUSTER, "preferred_backup_window"),)),
    ("database.backup.final_snapshot", ((CLUSTER, "skip_final_snapshot"),)),
    ("database.backup.copies", "copies so far stay; fewer rules or days reach less far back"),
    ("database.activity_stream", "the stream stops and starts anew, each with a restart of the cluster"),
    ("database.maintenance.window", ((CLUSTER, "preferred_maintenance_window"),)),
    ("database.monitoring.interval_seconds", ((INSTANCE, "monitoring_interval"),)),
    ("database.monitoring.insights", ((CLUSTER, "performance_insights_retention_period"),)),
    ("database.logs", (("aws_cloudwatch_log_group", "retention_in_days"),)),
    ("database.master_user.name", ((CLUSTER, "master_username"),)),
    ("database.master_user.password", ((CLUSTER, "manage_master_user_password"),)),
    ("database.master_user.secret_arn", "the contract's `secret-arn`; " + NOTHING),
    (
        "database.master_user.rotation_days",
        (("aws_secretsmanager_secret_rotation", "rotation_rules.automatically_after_days"),),
    ),
    ("database.access.attached", ((CLUSTER, "vpc_security_group_ids"),)),
    ("database.access", "a source taken out connects no more, at once; one more may"),
    ("database.readers", (("aws_appautoscaling_target", "max_capacity"),)),
    ("database.endpoints", (("aws_rds_cluster_endpoint", "static_members"),)),
    ("database.data_api", ((CLUSTER, "enable_http_endpoint"),)),
    ("database.roles", "imports and exports by that role begin, or end; " + NOTHING),
    ("database.generation", ((CLUSTER, "cluster_identifier"),)),
    ("database.successor.generation", "another cluster beside the one that serves; take a new name each time"),
    (
        "database.successor.serves",
        "contract, functions, proxy and alarms go over; who is connected stays until it looks up",
    ),
    ("database.successor.exists", "applications and functions are let to it, too"),
    ("database.successor.ended", "step by step: [replacing.md](replacing.md)"),
    ("database.ca_certificate", ((INSTANCE, "ca_cert_identifier"),)),
    ("names.cluster", ((CLUSTER, "cluster_identifier"),)),
    ("names.instances", ((INSTANCE, "identifier"),)),
    ("names.subnet_group", ((CLUSTER, "db_subnet_group_name"),)),
    ("names.cluster_parameter_group", ((CLUSTER, "db_cluster_parameter_group_name"),)),
    ("names.instance_parameter_group", ((INSTANCE, "db_parameter_group_name"),)),
    ("names.security_group", "the group is made anew; refused while something uses it"),
    ("encryption.data", ((CLUSTER, "kms_key_id"),)),
    ("encryption.secrets", ((CLUSTER, "master_user_secret_kms_key_id"),)),
    ("encryption.performance_insights", ((CLUSTER, "performance_insights_kms_key_id"),)),
    ("encryption.logs", (("aws_cloudwatch_log_group", "kms_key_id"),)),
    ("adopt", ONCE),
    ("expires", NOTHING + "; after that day `check` refuses the file"),
    ("access.users", "users come and go with the next migration; " + PERMISSIONS),
    ("access.shared_logins", "the three shared users may log in, or no more, after the next migration"),
    ("access.proxy.pool", (("aws_db_proxy_default_target_group", "connection_pool_config"),)),
    ("access.proxy", "the proxy and its endpoints come or go"),
    ("access", "the function alone; " + NOTHING),
    ("monitoring", ALARMS),
    ("state.use_lockfile", NOTHING),
    ("state.protected", "whether the bucket can be destroyed; " + NOTHING),
    ("state.assume_role", "who reads and writes the state; " + NOTHING),
    ("state", MOVES),
    ("accept", NOTHING),
)
"""By key, or by the block that it is in; the first row that fits speaks. Arguments speak by the catalogue."""

CONDITIONS: Final = {
    "any": "",
    "on": "on: ",
    "off": "off: ",
    "down": "less: ",
    "shorter": "shorter: ",
    "lessened": "less: ",
    "up": "more: ",
    "zero": "0: ",
    "set": "said: ",
    "unset": "taken out: ",
    "changed": "another: ",
    "shrunk": "fewer: ",
    "grown": "more: ",
}

WHENS: Final[dict[When, str]] = {
    "at_once": ", at once",
    "window": ", in the window or at once",
    "reboot": ", until a reboot",
    "later": "",
    "apply": "",
    "never": "",
}


def changing(key: str, *, block: bool) -> str:
    """Return what a change of a key does, in a few words; of a block without a row of its own, that its keys say it."""
    found = _row_of(key, block=block)
    if found is None and key.startswith(f"{SUCCESSOR}."):
        # What its keys do to it they do to a cluster; those of encryption stand at the top of a file.
        inner = key.removeprefix(f"{SUCCESSOR}.")
        found = _row_of(inner if inner.startswith("encryption") else f"database.{inner}", block=block)
    if found is None:
        return CHILDREN if block else PLANNED
    return found if isinstance(found, str) else "; ".join(dict.fromkeys(_said(found)))


def _row_of(key: str, *, block: bool) -> Arguments | str | None:
    """Return what the table says of a key, or of the block that it is in."""
    for known, what in BY_KEY:
        if key == known or (not block and key.startswith((f"{known}.", f"{known}["))):
            return what
    return None


def _said(arguments: Arguments) -> Iterator[str]:
    for kind, argument in arguments:
        rows = effects.rows(kind, argument) or ()
        telling = [row for row in rows if row.effect != "none"]
        if not telling:
            yield NOTHING
        for row in telling:
            yield _row(row)


def _row(row: ArgumentEffect) -> str:
    return f"{CONDITIONS[row.condition]}**{row.effect}**{WHENS[row.when]}"
