"""Keys that people bring from elsewhere, and what they are called here or why there is none.

From the arguments of aws_rds_cluster and aws_rds_cluster_instance (hashicorp/aws 5.100), the variables of
terraform-aws-modules/rds-aurora and cloudposse/rds-cluster, the properties of CDK's DatabaseCluster and of
CloudFormation's AWS::RDS::DBCluster and AWS::RDS::DBInstance (read November 2026). Each is found in every spelling:
snake_case, camelCase, PascalCase and kebab-case are one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from catalog import limits
from catalog.suggestions import nearest
from reading import places
from settings.model import Environment

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from findings.finding import KeyPath

LIKENESS: Final = 0.75
"""How alike a key is to one that it may be meant for: less suggests keys that have nothing to do with it."""

UNSEEN: Final = (
    "RDS keeps the password in Secrets Manager, and nobody else sees it; of one that is kept elsewhere, say "
    "master_user: {password: elsewhere}"
)
PROTECTED: Final = "protected decides deletion protection, the final snapshot and prevent_destroy together"
STORAGE: Final = "Aurora's storage grows and performs by itself; storage chooses standard or io_optimized"
NAMES: Final = "every name follows from project and the name of the file; names gives those of a running cluster"
KEYS: Final = "the stack creates the keys; one that exists stands under encryption"
COUNT: Final = "instances is how many there are, or each by a key of its own; the first is no special one"
GROUPS: Final = "the parameter groups follow from engine_version, and their values from tuning and parameters"
LOGS: Final = "every log is exported, and logs has the days that each is kept"
INSIGHTS: Final = "Performance Insights is always on, and monitoring.insights says how long it keeps"
SCALING: Final = "database.readers has minimum and maximum, and cpu_percent or connections to follow"
MANAGED: Final = "does not go with a managed master secret"
RESTORED: Final = "database.origin says what a cluster is made of: {snapshot: …}, or {cluster: …, time: …}"
CREDENTIALS: Final = "credentials come from AWS's usual variables and profiles, never from a file here"
STATE_CREDENTIALS: Final = "credentials come from the backend's usual variables, never from a file here"
SUBNETS: Final = "network.create makes the subnets and their group, and network.existing names those that exist"
SOURCES: Final = "database.access names who may connect: security_groups and cidrs, each by a key"
PLACED: Final = (
    "Aurora stores in three zones by itself, and fewer would replace the cluster on every plan; place "
    "instances by instances.<key>.zone"
)
ROLES: Final = "database.roles associates the cluster's roles: s3_import, s3_export, lambda"


@dataclass(frozen=True, slots=True)
class Foreign:
    """Why a key is not one here, and the key that has its meaning, if there is one."""

    why: str = ""
    meant: str = ""
    """Dotted key whose value means the same, so that it can be read as that."""
    offered: bool = True
    name: str = ""
    """What it is called elsewhere, as it is written there."""


def _of(*names: str, why: str = "", meant: str = "", offered: bool = True) -> dict[str, Foreign]:
    return {spelling(name): Foreign(why, meant, offered, name) for name in names}


def spelling(key: str) -> str:
    """Return what all the ways of writing a key have in common."""
    return re.sub(r"[^a-z0-9]", "", key.lower())


EVERYWHERE: Final[Mapping[str, Foreign]] = {
    # Names
    **_of("cluster_identifier", "cluster_identifier_prefix", "db_cluster_identifier", "identifier", why=NAMES),
    **_of("identifier_prefix", "cluster_name", "cluster_use_name_prefix", "db_cluster_name", "namespace", why=NAMES),
    **_of("instance_identifier_base", "instances_use_identifier_prefix", "db_instance_identifier", why=NAMES),
    **_of("environment", "env", "stage", why="the name of the file is the name of the environment"),
    **_of("database_name", "db_name", "default_database_name", meant="database.name"),
    # Engine
    **_of("engine", why="the engine is always aurora-postgresql; engine_version says which"),
    **_of("engine_mode", why="the mode is always provisioned; instance_class: serverless makes Serverless v2"),
    **_of("version", "postgres_version", "postgresql_version", meant="database.engine_version"),
    **_of("engine_lifecycle_support", why="Extended Support is opted out of at creation"),
    **_of(
        *("auto_minor_version_upgrade", "enable_auto_minor_version_upgrade"),
        why='it follows from engine_version; a major such as "15" gets minor upgrades, an exact version such as '
        '"15.10" gets none, as AWS asks for LTS releases',
    ),
    **_of("allow_major_upgrade", "major_version_upgrade", meant="database.allow_major_version_upgrade"),
    **_of(
        "family", why='it follows from engine_version; "15.10" is of family aurora-postgresql15'
    ),
    **_of("parameter_group_family", "cluster_family", "db_parameter_group_family", why=GROUPS),
    **_of("db_cluster_parameter_group_name", "cluster_parameter_group_name", "parameter_group", why=GROUPS),
    **_of("db_parameter_group_name", "db_instance_parameter_group_name", "db_cluster_parameter_group", why=GROUPS),
    **_of("cluster_parameter_group", "cluster_parameter_group_parameters", "cluster_parameters", why=GROUPS),
    **_of("db_parameter_group", "db_parameter_group_parameters", "instance_parameters", "db_parameters", why=GROUPS),
    **_of("db_cluster_parameter_group_parameters", "parameter_groups", why=GROUPS),
    **_of("shared_preload_libraries", meant="database.preload_libraries"),
    # Instances
    **_of("instance_type", "db_instance_class", "cluster_instance_class", "db_cluster_instance_class", "node_type",
          meant="database.instance_class"),
    **_of("instance_count", "cluster_size", "number_of_instances", "replica_count", "replicas", why=COUNT),
    **_of("readers", "writer", "reader_count", "instance_props", "cluster_members", "instances_count", why=COUNT),
    **_of("failover_priority", meant="database.instances.*.promotion_tier"),
    **_of("multi_az", why="a cluster of two or more instances is in several zones: set database.instances"),
    **_of("availability_zones", "availability_zone", why=PLACED, offered=False),
    **_of("azs", meant="aws.zones"),
    **_of("autoscaling_enabled", "autoscaling", "auto_scaling", "replica_scale_enabled", "autoscaling_policy_name",
          "predefined_metric_type", why=SCALING),
    **_of("autoscaling_min_capacity", "replica_scale_min", meant="database.readers.minimum"),
    **_of("autoscaling_max_capacity", "replica_scale_max", meant="database.readers.maximum"),
    **_of("autoscaling_target_cpu", "replica_scale_cpu", meant="database.readers.cpu_percent"),
    **_of("autoscaling_target_connections", "replica_scale_connections", meant="database.readers.connections"),
    **_of("autoscaling_scale_in_cooldown", "replica_scale_in_cooldown",
          meant="database.readers.scale_in_cooldown_seconds"),
    **_of("autoscaling_scale_out_cooldown", "replica_scale_out_cooldown",
          meant="database.readers.scale_out_cooldown_seconds"),
    # Serverless
    **_of("serverlessv2_scaling_configuration", "serverless_v2_scaling_configuration", "scaling_configuration",
          why="database.capacity has minimum and maximum, in ACU, and pause_after_seconds"),
    **_of("serverless", "serverless_v2", why="instance_class: serverless makes Serverless v2, capacity its range"),
    **_of("min_capacity", "serverless_v2_min_capacity", "minimum_capacity", "min_acu",
          meant="database.capacity.minimum"),
    **_of("max_capacity", "serverless_v2_max_capacity", "maximum_capacity", "max_acu",
          meant="database.capacity.maximum"),
    **_of("seconds_until_auto_pause", "serverless_v2_auto_pause_duration",
          meant="database.capacity.pause_after_seconds"),
    **_of("auto_pause", why="a cluster of database.capacity.minimum 0 pauses"),
    # Storage and keys
    **_of("allocated_storage", "max_allocated_storage", "iops", "storage_throughput", "storage_size", why=STORAGE),
    **_of("storage_type", "db_storage_type", why="storage is standard or io_optimized, which AWS calls aurora-iopt1"),
    **_of("storage_encrypted", "encrypted", "encryption", "storage_encryption", why="storage is always encrypted"),
    **_of("kms_key_id", "kms_key_arn", "kms_key", "storage_encryption_key", "kms_key_alias", why=KEYS),
    **_of("master_user_secret_kms_key_id", "performance_insights_kms_key_id", why=KEYS),
    **_of("performance_insight_encryption_key", "cluster_performance_insights_kms_key_id", why=KEYS),
    **_of("cloudwatch_log_group_kms_key_id", "secret_kms_key_id", why=KEYS),
    # The master user
    **_of("master_username", "username", "admin_user", "master_user_name", "db_username", "admin_username",
          meant="database.master_user.name"),
    **_of("master_password", "password", "admin_password", "db_password", "master_password_wo", why=UNSEEN,
          offered=False),
    **_of("master_user_password", "master_password_wo_version", "create_random_password", why=UNSEEN, offered=False),
    **_of("credentials", "random_password_length", "master_password_ssm_parameter", why=UNSEEN, offered=False),
    **_of("manage_master_user_password", "manage_admin_user_password", "manage_master_user_secret",
          "master_user_secret",
          why="RDS always keeps the password in Secrets Manager"),
    **_of("manage_master_user_password_rotation", "master_user_password_rotate_immediately",
          "master_user_password_rotation_schedule_expression", "master_user_password_rotation_duration",
          why="the password is always rotated; database.master_user.rotation_days says how often"),
    **_of("master_user_password_rotation_automatically_after_days", "rotation_days",
          meant="database.master_user.rotation_days"),
    **_of("iam_database_authentication_enabled", "iam_authentication", "iam_authentication_enabled",
          "enable_iam_database_authentication", "iam_database_authentication", why="IAM authentication is always on"),
    **_of("domain", "domain_iam_role_name", "domain_role", why="clients authenticate by IAM, not by Kerberos",
          offered=False),
    # Network
    **_of("vpc_id", "vpc", why="network.existing.vpc_id names a VPC that exists, network.create makes one"),
    **_of("subnets", "subnet_ids", "vpc_subnets", "db_subnet_ids", "private_subnet_ids", why=SUBNETS),
    **_of("db_subnet_group_name", "subnet_group", "create_db_subnet_group", "subnet_group_name", why=SUBNETS),
    **_of("db_subnet_group", "db_subnets", "database_subnet_group", why=SUBNETS),
    **_of("vpc_security_group_ids", "security_group_ids", "allowed_security_groups", "security_group_rules",
          why=SOURCES),
    **_of("allowed_cidr_blocks", "security_group_ingress_rules", "ingress", "allowed_cidrs", "ingress_cidr_blocks",
          why=SOURCES),
    **_of("security_group_egress_rules", "egress", "egress_enabled",
          why="the database's security group lets nothing out"),
    **_of("create_security_group", "security_group_name", "security_group_description", why=SOURCES),
    **_of("publicly_accessible", "public", "public_access", why="the database is never reachable from the internet",
          offered=False),
    **_of("network_type", "dual_stack", "ipv6", "enable_ipv6", "assign_generated_ipv6_cidr_block",
          why="ip: dual of network.create or network.existing gives the network IPv6 beside IPv4"),
    **_of("db_port", "database_port", "cluster_port", meant="database.port"),
    **_of("zone_id", "cluster_dns_name", "reader_dns_name", "dns_zone_id", "hosted_zone", offered=False,
          why="IAM tokens and certificates name the endpoints themselves; the contract publishes those"),
    **_of("endpoints", "custom_endpoints", meant="database.endpoints"),
    **_of("single_nat_gateway", "enable_nat_gateway", "one_nat_gateway_per_az", "nat_gateway", "nat_gateways",
          why="network.create.nat is none, single or per_zone"),
    **_of("cidr_block", "vpc_cidr", "ip_addresses", why="network.create.cidr is the block of a new VPC"),
    # Backups and deletion
    **_of("backup_retention_period", "backup_retention", "retention_period", "backup_retention_days",
          meant="database.backup.retention_days"),
    **_of("preferred_backup_window", "backup_window", meant="database.backup.window"),
    **_of("preferred_maintenance_window", "maintenance_window", meant="database.maintenance.window"),
    **_of("deletion_protection", "deletion_protection_enabled", "termination_protection", why=PROTECTED,
          meant="protected"),
    **_of("skip_final_snapshot", "final_snapshot_identifier", "final_snapshot_identifier_prefix", why=PROTECTED),
    **_of("removal_policy", "deletion_policy", "update_replace_policy", "prevent_destroy", "lifecycle", why=PROTECTED),
    **_of("delete_automated_backups", "cloudwatch_log_group_skip_destroy", why=PROTECTED),
    **_of("copy_tags_to_snapshot", why="tags are always copied to snapshots"),
    **_of("backtrack_window", "backtrack", why="only Aurora MySQL goes back by itself; restore to a point in time",
          offered=False),
    **_of("snapshot_identifier", "snapshot_arn", "restore_to_point_in_time", "source_db_cluster_identifier",
          why=RESTORED),
    **_of("restore_type", "restore_to_time", "use_latest_restorable_time", why=RESTORED),
    **_of("s3_import_source", why="a cluster is not made of files of another engine", offered=False),
    **_of("global_cluster", "global_cluster_identifier", "is_primary_cluster", "enable_global_write_forwarding",
          why=f"a global database {MANAGED}", offered=False),
    **_of("replication_source_identifier", "source_region", why=f"a replica of another cluster {MANAGED}",
          offered=False),
    **_of("enable_local_write_forwarding", offered=False, why="readers refuse writes, and clients choose the endpoint"),
    **_of("blue_green_update", "blue_green_deployment", why=f"a blue/green deployment {MANAGED}", offered=False),
    **_of("apply_immediately", why="changes_apply is at_once or in_window"),
    # Monitoring and logs
    **_of("monitoring_interval", "enhanced_monitoring_interval", "cluster_monitoring_interval",
          "rds_monitoring_interval",
          meant="database.monitoring.interval_seconds"),
    **_of("monitoring_role_arn", "create_monitoring_role", "monitoring_role", "enhanced_monitoring_role_enabled",
          "iam_role_name", why="the stack creates the role of Enhanced Monitoring"),
    **_of("performance_insights_enabled", "enable_performance_insights", "cluster_performance_insights_enabled",
          "performance_insights", why=INSIGHTS),
    **_of("performance_insights_retention_period", "performance_insight_retention",
          "cluster_performance_insights_retention_period", why=INSIGHTS),
    **_of("database_insights_mode", "database_insights", "insights_mode", meant="database.monitoring.insights"),
    **_of("enabled_cloudwatch_logs_exports", "enable_cloudwatch_logs_exports", "cloudwatch_logs_exports",
          "create_cloudwatch_log_group", why=LOGS),
    **_of("cloudwatch_log_group_retention_in_days", "cloudwatch_logs_retention", "log_retention_days", "log_retention",
          why=LOGS),
    **_of("cluster_activity_stream", "activity_stream_enabled", "enable_activity_stream", "db_cluster_activity_stream",
          "activity_stream_mode", "create_db_cluster_activity_stream",
          why="database.activity_stream has the mode, async or sync"),
    **_of("backup_plan", "backup_vault", "backup_vault_name", "cross_region_backup", "vault_name",
          why="database.backup.copies has AWS Backup copy the cluster to a vault, of another region too"),
    # Others
    **_of("ca_cert_identifier", "ca_certificate_identifier", "cluster_ca_cert_identifier",
          meant="database.ca_certificate"),
    **_of("enable_http_endpoint", "enable_data_api", "http_endpoint_enabled", "enable_http_api",
          meant="database.data_api"),
    **_of("iam_roles", "associated_roles", "role_associations", "s3_import_buckets", "s3_export_buckets", why=ROLES),
    **_of("s3_import_role", "s3_import_role_arn", meant="database.roles.s3_import"),
    **_of("s3_export_role", "s3_export_role_arn", meant="database.roles.s3_export"),
    **_of("s3_import", why=f"a cluster is not made of files of another engine; {ROLES}"),
    **_of("cluster_tags", "default_tags", "db_cluster_tags", "additional_tags", meant="tags"),
    **_of("enable_proxy", "create_proxy", "rds_proxy", why="access.proxy.enabled: true makes RDS Proxy"),
    **_of("provider", "profile", "access_key", "secret_key", "assume_role_arn", why=CREDENTIALS),
    **_of("account", "aws_account_id", "account_number", meant="aws.account_id"),
    **_of("aws_region", meant="aws.region"),
    **_of("timeouts", "cluster_timeouts", "instance_timeouts", why="the provider's own times hold"),
    **_of("count", "for_each", "depends_on", "source", "module", "provisioner",
          why="this is no Terraform; each file is one environment"),
}  # fmt: skip
"""Wherever they are written."""

INSIDE: Final[Mapping[str, Mapping[str, Foreign]]] = {
    "": {
        **_of("region", meant="aws.region"),
        **_of("name", why=NAMES),
        **_of("backend", meant="state.backend"),
        **_of("aurora", "cluster", "db", "postgres", "postgresql", "rds", "rds_cluster", meant="database"),
        **_of("vpc", why="network.create makes a VPC, and network.existing names one that exists"),
        **_of("remote_state", "tfstate", meant="state"),
        **_of("alarms", "alerts", "observability", meant="monitoring"),
    },
    "aws": {**_of("assume_role", "role_arn", why=CREDENTIALS)},
    "network.create": {
        **_of("azs", "zones", "availability_zones", why="zones stand under aws.zones"),
        **_of("subnets", "private_subnets", "public_subnets", "isolated_subnets",
              why="each zone's subnets have fixed places in cidr; subnet_cidrs gives others"),
        **_of("enable_dns_hostnames", "enable_dns_support", why="DNS is always on"),
        **_of("cidr_block", "ip_addresses", "vpc_cidr", meant="network.create.cidr"),
    },
    "network.existing": {
        **_of("subnets", "subnet_ids", "db_subnets", why="database_subnets names the subnets by zone"),
        **_of("vpc", meant="network.existing.vpc_id"),
        **_of("cidr_block", "vpc_cidr", meant="network.existing.cidr"),
    },
    "database.instances.*": {
        **_of("class", "instance_type", "size", meant="database.instances.*.instance_class"),
        **_of("availability_zone", "az", meant="database.instances.*.zone"),
        **_of("tier", "failover_priority", meant="database.instances.*.promotion_tier"),
        **_of("preferred_maintenance_window", "window", meant="database.instances.*.maintenance_window"),
        **_of("identifier", "name", why="the key is the end of the instance's name"),
    },
    "database.monitoring": {
        **_of("retention_days", why="it follows from insights; standard keeps 7 days, advanced 465"),
        **_of("performance_insights", "performance_insights_enabled",
              why="it is always on, and insights says how long it keeps"),
    },
    "monitoring": {
        **_of("alarms", "alerts", "limits", meant="monitoring.thresholds"),
        **_of("email", "emails", "topic", "sns_topic", "sns_topic_arn", "chatbot", "https", "webhook", "slack",
              why="notify.page and notify.ticket say who is told, each of its own: email, https, topic, chatbot"),
    },
    "database.backup": {
        **_of("period", "retention_period", meant="database.backup.retention_days"),
        **_of("preferred_window", meant="database.backup.window"),
    },
    "database.logs": {
        **_of("retention_days", "retention", "retention_in_days", "days",
              why="each log has its own days: postgresql, iam-db-auth-error, instance"),
        **_of("exports", "enabled", "types", why=LOGS),
    },
    "database": {
        **_of("encryption", why="storage is always encrypted, and keys that exist are named at the top of the file",
              meant="encryption"),
    },
    "database.maintenance": {**_of("preferred_window", meant="database.maintenance.window")},
    "database.master_user": {**_of("username", "user", meant="database.master_user.name")},
    "database.capacity": {
        **_of("min", meant="database.capacity.minimum"),
        **_of("max", meant="database.capacity.maximum"),
    },
    "state": {
        **_of("dynamodb_table", "dynamodb_endpoint", why="S3 locks the state by itself; see use_lockfile"),
        **_of("key", "workspace_key_prefix", why="it is always <project>/<environment>/<stack>; prefix goes before it"),
        **_of("encrypt", "acl", why="a managed bucket always encrypts and is never public"),
        **_of("kms_key_id", meant="state.kms_key_arn"),
        **_of("role_arn", meant="state.assume_role.role_arn"),
        **_of("external_id", meant="state.assume_role.external_id"),
        **_of("profile", "access_key", "secret_key", "shared_credentials_file", "credentials", "token", "conn_str",
              "username", "password", why=STATE_CREDENTIALS),
        **_of("workspaces", "workspace", why="the workspace of each stack is <project>-<environment>-<stack>"),
    },
}  # fmt: skip
"""In one block, whose dotted key comes first; before what holds everywhere."""

OFTEN: Final = frozenset({"backend", "enabled", "name", "path", "prefix", "project", "protected", "region", "window"})
"""Keys that say nothing without the block they stand in."""


def words() -> dict[str, list[str]]:
    """Return what is called otherwise elsewhere, by the key that it is here, or by why it is none."""
    found: dict[str, list[str]] = {}
    for table in (*INSIDE.values(), EVERYWHERE):
        for known in table.values():
            key = known.meant.replace("*", "<key>") or known.why
            of_key = found.setdefault(key, [])
            # A key that only stands elsewhere is called nothing else.
            if known.name not in of_key and known.name != key:
                of_key.append(known.name)
    return found


def explained(path: KeyPath, data: Mapping[str, Any]) -> tuple[str, KeyPath | None]:
    """Return why a key is not one here, and the key that its value was most likely meant for."""
    *parents, last = path
    key, block = str(last), tuple(parents)
    own = limits.MISTAKEN_LOG_TYPES.get(key) if block == ("database", "logs") else None
    if own:
        return own, None
    allowed = places.keys(block, data)
    alike = next((one for one in allowed if spelling(one) == spelling(key)), None)
    if alike is None:
        known = _known(block, spelling(key))
        if known is not None:
            return _said(known, block)
    listed = f"is not a key here; allowed are {', '.join(allowed)}"
    if block == ("state",) and alike is None:
        owners = places.backends_with({key})
        if owners:
            return f"is a key of backend {', '.join(owners)} only; allowed are {', '.join(allowed)}", None
    alike = alike or nearest(key, allowed, cutoff=LIKENESS)
    if alike is None:
        elsewhere = [
            place for place in _places().get(spelling(key), ()) if place[-1] not in OFTEN and _is_near(place, block)
        ]
        # What a successor has of its own is rarely meant: the same keys are those of the database.
        elsewhere = [place for place in elsewhere if "successor" not in place] or elsewhere
        if len(elsewhere) == 1:
            meant = _at(elsewhere[0], block)
            return f"{listed}; did you mean {'.'.join(elsewhere[0]).replace('*', '<key>')}?", meant
        return listed, None
    return f"{listed}; did you mean {alike}?", (*block, alike)


def _is_near(place: tuple[str, ...], block: KeyPath) -> bool:
    """Whether a key may be looked for in a block: a word of a block deep inside another one hardly is."""
    beside = place[: len(block)] == tuple(str(part) for part in block)
    return len(place) < 3 or "_" in place[-1] or (beside and len(place) <= len(block) + 2)  # noqa: PLR2004 - block.key


def _known(block: KeyPath, key: str) -> Foreign | None:
    for place, table in INSIDE.items():
        parts = place.split(".") if place else []
        fits = len(parts) == len(block) and all(part in ("*", str(one)) for part, one in zip(parts, block, strict=True))
        if fits and key in table:
            return table[key]
    return EVERYWHERE.get(key)


def _said(known: Foreign, block: KeyPath) -> tuple[str, KeyPath | None]:
    said = "is not a key here" if known.offered else "is not offered"
    why = f": {known.why}" if known.why else ""
    if not known.meant:
        return f"{said}{why}", None
    place = tuple(known.meant.split("."))
    same = len(place) == len(block) + 1 and all(
        part in ("*", str(one)) for part, one in zip(place, block, strict=False)
    )
    name = place[-1] if same else known.meant.replace("*", "<key>")
    return f"{said}{why}; did you mean {name}?", _at(place, block)


def _at(place: tuple[str, ...], block: KeyPath) -> KeyPath | None:
    """Return a place with the keys of the block in place of its stars; None where the block has no such keys."""
    made: list[str | int] = []
    for index, part in enumerate(place):
        if part != "*":
            made.append(part)
        elif index < len(block) and tuple(made) == block[:index]:
            made.append(block[index])
        else:
            return None
    return tuple(made)


@cache
def _places() -> dict[str, list[tuple[str, ...]]]:
    """Return where each key of the model stands, by its common spelling."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for place in _walked(Environment, ()):
        found.setdefault(spelling(place[-1]), []).append(place)
    return found


def _walked(kind: Any, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    for key, field in places.fields_of(kind).items():
        here = (*path, key)
        yield here
        inner = list(places.plain(field.annotation))
        for one in inner if len(inner) == 1 else ():
            if places.is_model(one):
                yield from _walked(one, here)
            for item in places.plain(places.items_of(one)):
                if places.is_model(item):
                    yield from _walked(item, (*here, "*"))
