"""Somebody else's Aurora, written as a module with count and for_each, and what is changed about it.

Each scenario is planned by the real provider on top of what was applied; ``state`` is laid over the state first, for
what an emulator does not have. The plans are kept in ``tests/review/plans/foreign``; what the review has to say of
each stands here.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from tests.harness import merged

ACCOUNT = "444444444444"
REGION = "eu-west-1"

CLUSTER = "module.aurora.aws_rds_cluster.this[0]"
ONE = 'module.aurora.aws_rds_cluster_instance.this["one"]'
TWO = 'module.aurora.aws_rds_cluster_instance.this["two"]'
CLUSTER_GROUP = "module.aurora.aws_rds_cluster_parameter_group.this[0]"
INSTANCE_GROUP = "module.aurora.aws_db_parameter_group.this[0]"
GROUP = "module.aurora.aws_security_group.this[0]"
CIDR_RULE = 'module.aurora.aws_vpc_security_group_ingress_rule.cidr["apps"]'
OLD_RULE = 'module.aurora.aws_security_group_rule.legacy["peer"]'
KEY = "aws_kms_key.database"


def _policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


ROOT_OF_ACCOUNT = {
    "Sid": "Administration",
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Action": "kms:*",
    "Resource": "*",
}
THROUGH_RDS = {
    "Sid": "ThroughRds",
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
    "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
    "Resource": "*",
    "Condition": {"StringEquals": {"kms:ViaService": f"rds.{REGION}.amazonaws.com"}},
}
CONNECT = {"Effect": "Allow", "Action": "rds-db:connect", "Resource": f"arn:aws:rds-db:{REGION}:{ACCOUNT}:dbuser:*/app"}
DENY_HTTP = {
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["arn:aws:s3:::acme-states", "arn:aws:s3:::acme-states/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
ASSUMED_BY_LAMBDA = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}

ROOT: dict[str, Any] = {
    "terraform": {
        "required_providers": {"aws": {"source": "hashicorp/aws", "version": "~> 5.100"}},
        "backend": {"local": {}},
    },
    "provider": {"aws": {"region": REGION}},
    "module": {
        "aurora": {
            "source": "./aurora",
            "subnet_ids": ["${aws_subnet.this[0].id}", "${aws_subnet.this[1].id}"],
            "vpc_id": "${aws_vpc.main.id}",
            "kms_key_id": "${aws_kms_key.database.arn}",
        }
    },
    "resource": {
        "aws_vpc": {"main": {"cidr_block": "10.40.0.0/16", "enable_dns_hostnames": True, "enable_dns_support": True}},
        "aws_subnet": {
            "this": {
                "count": 2,
                "vpc_id": "${aws_vpc.main.id}",
                "cidr_block": "${cidrsubnet(aws_vpc.main.cidr_block, 8, count.index)}",
                "availability_zone": f'${{["{REGION}a", "{REGION}b"][count.index]}}',
            }
        },
        "aws_kms_key": {
            "database": {
                "description": "database",
                "enable_key_rotation": True,
                "deletion_window_in_days": 30,
                "policy": _policy(ROOT_OF_ACCOUNT, THROUGH_RDS),
            }
        },
        "aws_iam_role": {
            "app": {"name": "acme-app", "assume_role_policy": _policy(ASSUMED_BY_LAMBDA), "max_session_duration": 3600}
        },
        "aws_iam_policy": {"connect": {"name": "acme-connect", "policy": _policy(CONNECT)}},
        "aws_iam_role_policy_attachment": {
            "connect": {"role": "${aws_iam_role.app.name}", "policy_arn": "${aws_iam_policy.connect.arn}"}
        },
        "aws_s3_bucket": {"states": {"bucket": "acme-states", "force_destroy": False}},
        "aws_s3_bucket_versioning": {
            "states": {
                "bucket": "${aws_s3_bucket.states.id}",
                "versioning_configuration": {"status": "Enabled"},
            }
        },
        "aws_s3_bucket_policy": {"states": {"bucket": "${aws_s3_bucket.states.id}", "policy": _policy(DENY_HTTP)}},
        "aws_s3_bucket_public_access_block": {
            "states": {
                "bucket": "${aws_s3_bucket.states.id}",
                "block_public_acls": True,
                "block_public_policy": True,
                "ignore_public_acls": True,
                "restrict_public_buckets": True,
            }
        },
        "aws_secretsmanager_secret": {"app": {"name": "acme/app", "recovery_window_in_days": 30}},
        "aws_secretsmanager_secret_version": {
            "app": {"secret_id": "${aws_secretsmanager_secret.app.id}", "secret_string": "not-a-real-one"}
        },
        "aws_ssm_parameter": {
            "host": {"name": "/acme/host", "type": "String", "value": "${module.aurora.endpoint}"},
            "flag": {"name": "/acme/flag", "type": "SecureString", "value": "yes"},
        },
        "aws_sns_topic": {"alerts": {"name": "acme-alerts", "kms_master_key_id": "alias/aws/sns"}},
        "aws_cloudwatch_metric_alarm": {
            "cpu": {
                "alarm_name": "acme-cpu",
                "comparison_operator": "GreaterThanThreshold",
                "evaluation_periods": 3,
                "metric_name": "CPUUtilization",
                "namespace": "AWS/RDS",
                "period": 60,
                "statistic": "Average",
                "threshold": 80,
                "alarm_actions": ["${aws_sns_topic.alerts.arn}"],
            }
        },
        "aws_db_event_subscription": {
            "all": {
                "name": "acme-events",
                "sns_topic": "${aws_sns_topic.alerts.arn}",
                "source_type": "db-cluster",
                "event_categories": ["failover", "failure", "maintenance"],
            }
        },
        "aws_rds_cluster": {
            "mysql": {
                "cluster_identifier": "acme-mysql",
                "engine": "aurora-mysql",
                "master_username": "root1",
                "manage_master_user_password": True,
                "skip_final_snapshot": True,
                "port": 3306,
            }
        },
        "aws_lambda_function": {
            "app": {
                "function_name": "acme-app",
                "role": "${aws_iam_role.app.arn}",
                "package_type": "Image",
                "image_uri": f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/app:1",
                "memory_size": 256,
                "environment": {"variables": {"DB_SECRET": "arn:aws:secretsmanager:eu-west-1:444444444444:secret:a"}},
            }
        },
    },
}

PARAMETERS = [
    {"name": "log_min_duration_statement", "value": "1000", "apply_method": "immediate"},
    {"name": "max_connections", "value": "500", "apply_method": "pending-reboot"},
    {"name": "rds.force_ssl", "value": "1", "apply_method": "immediate"},
]

INSTANCE: dict[str, Any] = {
    "for_each": {"one": "a", "two": "b"},
    "identifier": "acme-${each.key}",
    "cluster_identifier": "${aws_rds_cluster.this[0].id}",
    "engine": "aurora-postgresql",
    "instance_class": "db.r6g.large",
    "db_parameter_group_name": "${aws_db_parameter_group.this[0].name}",
    "availability_zone": f"{REGION}${{each.value}}",
    "ca_cert_identifier": "rds-ca-rsa2048-g1",
    "auto_minor_version_upgrade": False,
    "publicly_accessible": False,
    "promotion_tier": 1,
    "monitoring_interval": 60,
    "monitoring_role_arn": "${aws_iam_role.monitoring[0].arn}",
    "performance_insights_enabled": True,
    "performance_insights_retention_period": 31,
    "preferred_maintenance_window": "sun:04:00-sun:04:30",
    "copy_tags_to_snapshot": True,
    "apply_immediately": False,
}

MODULE: dict[str, Any] = {
    "variable": {name: {} for name in ("subnet_ids", "vpc_id", "kms_key_id")},
    "output": {"endpoint": {"value": "${aws_rds_cluster.this[0].endpoint}"}},
    "resource": {
        "aws_db_subnet_group": {"this": {"count": 1, "name": "acme", "subnet_ids": "${var.subnet_ids}"}},
        "aws_security_group": {
            "this": {"count": 1, "name": "acme-db", "description": "database", "vpc_id": "${var.vpc_id}"},
        },
        "aws_vpc_security_group_ingress_rule": {
            "cidr": {
                "for_each": {"apps": "10.40.16.0/20"},
                "security_group_id": "${aws_security_group.this[0].id}",
                "cidr_ipv4": "${each.value}",
                "from_port": 5432,
                "to_port": 5432,
                "ip_protocol": "tcp",
            }
        },
        "aws_security_group_rule": {
            "legacy": {
                "for_each": {"peer": "10.41.0.0/24"},
                "type": "ingress",
                "security_group_id": "${aws_security_group.this[0].id}",
                "cidr_blocks": ["${each.value}"],
                "from_port": 5432,
                "to_port": 5432,
                "protocol": "tcp",
            }
        },
        "aws_rds_cluster_parameter_group": {
            "this": {"count": 1, "name": "acme-cluster-15", "family": "aurora-postgresql15", "parameter": PARAMETERS}
        },
        "aws_db_parameter_group": {"this": {"count": 1, "name": "acme-instance-15", "family": "aurora-postgresql15"}},
        "aws_cloudwatch_log_group": {
            "this": {
                "for_each": {"postgresql": 365},
                "name": "/aws/rds/cluster/acme/${each.key}",
                "retention_in_days": "${each.value}",
            }
        },
        "aws_iam_role": {
            "monitoring": {
                "count": 1,
                "name": "acme-monitoring",
                "assume_role_policy": _policy(
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "monitoring.rds.amazonaws.com"},
                        "Action": "sts:AssumeRole",
                    }
                ),
            }
        },
        "aws_rds_cluster": {
            "this": {
                "count": 1,
                "cluster_identifier": "acme",
                "engine": "aurora-postgresql",
                "engine_version": "15.10",
                "database_name": "acme",
                "master_username": "acmeadmin",
                "manage_master_user_password": True,
                "port": 5432,
                "db_subnet_group_name": "${aws_db_subnet_group.this[0].name}",
                "vpc_security_group_ids": ["${aws_security_group.this[0].id}"],
                "db_cluster_parameter_group_name": "${aws_rds_cluster_parameter_group.this[0].name}",
                "storage_encrypted": True,
                "kms_key_id": "${var.kms_key_id}",
                "storage_type": "aurora",
                "iam_database_authentication_enabled": True,
                "enabled_cloudwatch_logs_exports": ["postgresql"],
                "backup_retention_period": 14,
                "preferred_backup_window": "01:00-02:00",
                "preferred_maintenance_window": "sun:03:00-sun:03:30",
                "copy_tags_to_snapshot": True,
                "deletion_protection": True,
                "skip_final_snapshot": False,
                "final_snapshot_identifier": "acme-final",
                "delete_automated_backups": False,
                "apply_immediately": False,
                "tags": {"team": "data"},
                "serverlessv2_scaling_configuration": {"min_capacity": 1, "max_capacity": 8},
            }
        },
        "aws_rds_cluster_instance": {"this": INSTANCE},
    },
}


@dataclass(frozen=True)
class Scenario:
    """What is changed about the root and the module, and the effects that the review has to name by address.

    No ``expected`` means a harmless plan: nothing above ``none`` may be said of it.
    """

    title: str
    root: dict[str, Any] = field(default_factory=dict)
    module: dict[str, Any] = field(default_factory=dict)
    state: dict[str, dict[str, Any]] = field(default_factory=dict)
    expected: dict[str, set[str]] = field(default_factory=dict)


def of(kind: str, label: str = "this", /, **arguments: Any) -> dict[str, Any]:
    """Return a change of a resource's arguments; None takes one away."""
    return {"resource": {kind: {label: arguments}}}


def cluster(**arguments: Any) -> dict[str, Any]:
    return of("aws_rds_cluster", **arguments)


def instance(**arguments: Any) -> dict[str, Any]:
    return of("aws_rds_cluster_instance", **arguments)


def both(*changes: dict[str, Any]) -> dict[str, Any]:
    """Return several changes as one."""
    found: dict[str, Any] = {}
    for change in changes:
        found = merged(found, change) if found else change
    return found


def without(kind: str, name: str = "this") -> dict[str, Any]:
    return {"resource": {kind: {name: None}}}


def parameters(*changed: tuple[str, str | None, str]) -> dict[str, Any]:
    """Return the cluster group with some parameters changed, added or taken away."""
    values = {one["name"]: one for one in PARAMETERS}
    for name, value, method in changed:
        values.pop(name, None)
        if value is not None:
            values[name] = {"name": name, "value": value, "apply_method": method}
    return of("aws_rds_cluster_parameter_group", parameter=list(values.values()))


CRITICAL_STATE = {
    CLUSTER: {"deletion_protection": False, "skip_final_snapshot": True, "delete_automated_backups": True}
}
SERVERLESS = {ONE: {"instance_class": "db.serverless"}, TWO: {"instance_class": "db.serverless"}}
WRITER = {ONE: {"writer": True}, TWO: {"writer": False}}

RISKY = (
    Scenario("port", module=cluster(port=6432), expected={CLUSTER: {"outage"}}),
    Scenario("minor version", module=cluster(engine_version="15.12"), expected={CLUSTER: {"outage"}}),
    Scenario(
        "major version",
        module=both(
            cluster(engine_version="16.8", allow_major_version_upgrade=True),
            of(
                "aws_rds_cluster_parameter_group",
                name="acme-cluster-16",
                family="aurora-postgresql16",
                lifecycle={"create_before_destroy": True},
            ),
        ),
        expected={CLUSTER: {"outage", "restart-pending"}},
    ),
    Scenario(
        "major version with the old group",
        module=cluster(engine_version="16.8", allow_major_version_upgrade=True),
        expected={CLUSTER: {"outage", "refused"}},
    ),
    Scenario(
        "major version that is not allowed",
        module=cluster(engine_version="16.8"),
        expected={CLUSTER: {"outage", "refused"}},
    ),
    Scenario("class", module=instance(instance_class="db.r6g.xlarge"), expected={ONE: {"outage"}, TWO: {"outage"}}),
    Scenario(
        "class and version",
        module=both(cluster(engine_version="15.12"), instance(instance_class="db.r8g.large")),
        expected={CLUSTER: {"outage", "refused"}, ONE: {"outage"}, TWO: {"outage"}},
    ),
    Scenario(
        "certificate authority",
        module=instance(ca_cert_identifier="rds-ca-ecc384-g1"),
        expected={ONE: {"reboot"}, TWO: {"reboot"}},
    ),
    Scenario(
        "static parameter",
        module=parameters(("max_connections", "900", "pending-reboot")),
        expected={CLUSTER_GROUP: {"restart-pending"}},
    ),
    Scenario(
        "dynamic parameter that waits",
        module=parameters(("log_min_duration_statement", "500", "pending-reboot")),
        expected={CLUSTER_GROUP: {"restart-pending"}},
    ),
    Scenario(
        "static parameter at once",
        module=parameters(("max_connections", "900", "immediate")),
        expected={CLUSTER_GROUP: {"refused"}},
    ),
    Scenario(
        "static parameter taken out",
        module=parameters(("max_connections", None, "")),
        expected={CLUSTER_GROUP: {"restart-pending"}},
    ),
    Scenario(
        "TLS no longer required",
        module=parameters(("rds.force_ssl", "0", "immediate")),
        expected={CLUSTER_GROUP: {"access-widened"}},
    ),
    Scenario(
        "static parameter and minor version",
        module=both(parameters(("max_connections", "900", "pending-reboot")), cluster(engine_version="15.12")),
        expected={CLUSTER_GROUP: {"restart-pending"}, CLUSTER: {"outage"}},
    ),
    Scenario(
        "another cluster group",
        module=both(
            cluster(db_cluster_parameter_group_name="acme-other"),
        ),
        expected={CLUSTER: {"restart-pending"}},
    ),
    Scenario(
        "another instance group",
        module=instance(db_parameter_group_name="acme-other"),
        expected={ONE: {"restart-pending"}, TWO: {"restart-pending"}},
    ),
    Scenario(
        "group of another family",
        module=of("aws_rds_cluster_parameter_group", family="aurora-postgresql16"),
        expected={CLUSTER_GROUP: {"refused"}},
    ),
    Scenario(
        "group renamed, the old one first",
        module=of("aws_rds_cluster_parameter_group", name="acme-cluster-new"),
        expected={CLUSTER_GROUP: {"refused"}, CLUSTER: {"restart-pending"}},
    ),
    Scenario(
        "maximum capacity",
        module=both(
            cluster(serverlessv2_scaling_configuration={"min_capacity": 1, "max_capacity": 16}),
            instance(instance_class="db.serverless"),
            parameters(("max_connections", None, "")),
        ),
        state=merged(
            SERVERLESS,
            {CLUSTER_GROUP: {"parameter": [one for one in PARAMETERS if one["name"] != "max_connections"]}},
        ),
        expected={CLUSTER: {"restart-pending"}},
    ),
    Scenario(
        "storage of Optimized Reads",
        module=both(cluster(storage_type="aurora-iopt1"), instance(instance_class="db.r6gd.xlarge")),
        state={ONE: {"instance_class": "db.r6gd.xlarge"}, TWO: {"instance_class": "db.r6gd.xlarge"}},
        expected={CLUSTER: {"outage"}},
    ),
    Scenario("changes at once", module=cluster(apply_immediately=True), expected={CLUSTER: {"outage"}}),
    Scenario(
        "version raised by AWS",
        module=cluster(backup_retention_period=14),
        state={CLUSTER: {"engine_version": "15.12", "engine_version_actual": "15.12"}},
        expected={CLUSTER: {"refused"}},
    ),
    Scenario(
        "major alone and another change",
        module=cluster(engine_version="15", backup_retention_period=20),
        state={CLUSTER: {"engine_version": "15", "engine_version_actual": "15.12"}},
        expected={CLUSTER: {"outage"}},
    ),
    Scenario(
        "retention lowered", module=cluster(backup_retention_period=1), expected={CLUSTER: {"recovery-shortened"}}
    ),
    Scenario(
        "deletion protection off", module=cluster(deletion_protection=False), expected={CLUSTER: {"guard-removed"}}
    ),
    Scenario(
        "no final snapshot",
        module=cluster(skip_final_snapshot=True, final_snapshot_identifier=None),
        expected={CLUSTER: {"guard-removed"}},
    ),
    Scenario(
        "backups with the cluster", module=cluster(delete_automated_backups=True), expected={CLUSTER: {"guard-removed"}}
    ),
    Scenario(
        "no IAM authentication",
        module=cluster(iam_database_authentication_enabled=False),
        expected={CLUSTER: {"connections-drop"}},
    ),
    Scenario(
        "own password",
        module=cluster(manage_master_user_password=None, master_password="not-a-real-one"),  # noqa: S106 - made up
        expected={CLUSTER: {"connections-drop", "secret-exposed"}},
    ),
    Scenario(
        "managed password",
        module=cluster(manage_master_user_password=True),
        state={CLUSTER: {"manage_master_user_password": None, "master_user_secret": []}},
        expected={CLUSTER: {"connections-drop"}},
    ),
    Scenario(
        "another key of the secret",
        module=cluster(master_user_secret_kms_key_id="${var.kms_key_id}"),  # noqa: S106 - a key's ARN
        state={CLUSTER: {"master_user_secret_kms_key_id": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/old"}},
        expected={CLUSTER: {"refused"}},
    ),
    Scenario(
        "promotion of a replica",
        module=cluster(replication_source_identifier=""),
        state={CLUSTER: {"replication_source_identifier": f"arn:aws:rds:us-east-1:{ACCOUNT}:cluster:acme"}},
        expected={CLUSTER: {"promotion"}},
    ),
    Scenario(
        "out of the global database",
        module=cluster(global_cluster_identifier=None),
        state={CLUSTER: {"global_cluster_identifier": "acme-global"}},
        expected={CLUSTER: {"promotion"}},
    ),
    Scenario(
        "into a global database",
        module=cluster(global_cluster_identifier="acme-global"),
        expected={CLUSTER: {"refused"}},
    ),
    Scenario(
        "public", module=instance(publicly_accessible=True), expected={ONE: {"access-widened"}, TWO: {"access-widened"}}
    ),
    Scenario(
        "no monitoring",
        module=instance(monitoring_interval=0),
        expected={ONE: {"guard-removed"}, TWO: {"guard-removed"}},
    ),
    Scenario("no exports", module=cluster(enabled_cloudwatch_logs_exports=[]), expected={CLUSTER: {"guard-removed"}}),
    Scenario(
        "reader removed",
        module=instance(for_each={"two": None}),
        state=WRITER,
        expected={TWO: {"deletion", "connections-drop"}},
    ),
    Scenario(
        "writer removed",
        module=instance(for_each={"one": None}),
        state=WRITER,
        expected={ONE: {"deletion", "failover"}},
    ),
    Scenario(
        "instance to another zone",
        module=instance(for_each={"one": "a", "two": "a"}),
        state=WRITER,
        expected={TWO: {"replacement", "connections-drop"}},
    ),
    Scenario(
        "all instances removed",
        module=instance(for_each={"one": None, "two": None}),
        expected={ONE: {"deletion", "outage"}, TWO: {"deletion", "outage"}},
    ),
    Scenario(
        "cluster replaced",
        module=cluster(database_name="other"),
        expected={CLUSTER: {"replacement", "outage"}, ONE: {"replacement"}, TWO: {"replacement"}},
    ),
    Scenario(
        "cluster replaced without guards",
        module=cluster(database_name="other"),
        state=CRITICAL_STATE,
        expected={CLUSTER: {"replacement", "data-loss"}},
    ),
    Scenario(
        "cluster removed",
        root={"module": {"aurora": None}, "resource": {"aws_ssm_parameter": {"host": {"value": "none"}}}},
        state=CRITICAL_STATE,
        expected={CLUSTER: {"deletion", "data-loss"}, GROUP: {"connections-drop"}},
    ),
    Scenario(
        "cluster renamed without moved",
        module={
            **both(
                without("aws_rds_cluster"), {"output": {"endpoint": {"value": "${aws_rds_cluster.main[0].endpoint}"}}}
            ),
            "resource": {
                "aws_rds_cluster": {"this": None, "main": MODULE["resource"]["aws_rds_cluster"]["this"]},
                "aws_rds_cluster_instance": {"this": {"cluster_identifier": "${aws_rds_cluster.main[0].id}"}},
            },
        },
        expected={CLUSTER: {"replacement", "outage"}},
    ),
    Scenario(
        "forgotten",
        module={
            "removed": [{"from": "aws_rds_cluster_instance.this", "lifecycle": {"destroy": False}}],
            "resource": {"aws_rds_cluster_instance": {"this": None}},
        },
        expected={ONE: {"forgotten"}, TWO: {"forgotten"}},
    ),
    Scenario(
        "everybody admitted",
        module=of("aws_vpc_security_group_ingress_rule", "cidr", for_each={"apps": "0.0.0.0/0"}),
        expected={CIDR_RULE: {"access-widened"}},
    ),
    Scenario(
        "a block more",
        module=of(
            "aws_vpc_security_group_ingress_rule", "cidr", for_each={"apps": "10.40.16.0/20", "vpn": "10.90.0.0/16"}
        ),
        expected={'module.aurora.aws_vpc_security_group_ingress_rule.cidr["vpn"]': {"access-widened"}},
    ),
    Scenario(
        "a block less",
        module=of("aws_vpc_security_group_ingress_rule", "cidr", for_each={"apps": None}),
        expected={CIDR_RULE: {"connections-drop"}},
    ),
    Scenario(
        "a smaller block",
        module=of("aws_vpc_security_group_ingress_rule", "cidr", for_each={"apps": "10.40.16.0/24"}),
        expected={CIDR_RULE: {"connections-drop"}},
    ),
    Scenario(
        "more ports",
        module=of("aws_vpc_security_group_ingress_rule", "cidr", from_port=0, to_port=65535),
        expected={CIDR_RULE: {"access-widened"}},
    ),
    Scenario(
        "a rule of the old kind widened",
        module=of("aws_security_group_rule", "legacy", for_each={"peer": "10.0.0.0/8"}),
        expected={OLD_RULE: {"access-widened"}},
    ),
    Scenario(
        "another security group",
        module=of("aws_security_group", description="another"),
        expected={GROUP: {"replacement"}},
    ),
    Scenario(
        "logs kept shorter",
        module=of("aws_cloudwatch_log_group", for_each={"postgresql": 7}),
        expected={'module.aurora.aws_cloudwatch_log_group.this["postgresql"]': {"data-loss"}},
    ),
    Scenario("key disabled", root=of("aws_kms_key", "database", is_enabled=False), expected={KEY: {"outage"}}),
    Scenario(
        "key no longer rotated",
        root=of("aws_kms_key", "database", enable_key_rotation=False),
        expected={KEY: {"guard-removed"}},
    ),
    Scenario(
        "key deleted sooner",
        root=of("aws_kms_key", "database", deletion_window_in_days=7),
        expected={KEY: {"guard-removed"}},
    ),
    Scenario(
        "key policy opened",
        root=of(
            "aws_kms_key",
            "database",
            policy=_policy(ROOT_OF_ACCOUNT, {**THROUGH_RDS, "Principal": "*", "Condition": {}}),
        ),
        expected={KEY: {"access-widened"}},
    ),
    Scenario(
        "key policy for another account",
        root=of(
            "aws_kms_key",
            "database",
            policy=_policy(
                ROOT_OF_ACCOUNT,
                {
                    **THROUGH_RDS,
                    "Principal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:root", "arn:aws:iam::555555555555:root"]},
                },
            ),
        ),
        expected={KEY: {"access-widened"}},
    ),
    Scenario(
        "key policy narrowed",
        root=of("aws_kms_key", "database", policy=_policy({**ROOT_OF_ACCOUNT, "Action": "kms:Describe*"}, THROUGH_RDS)),
        expected={KEY: {"outage"}},
    ),
    Scenario(
        "key gone and used",
        root={
            "resource": {"aws_kms_key": {"database": None}},
            "module": {"aurora": {"kms_key_id": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0"}},
        },
        state={
            CLUSTER: {"kms_key_id": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0"},
            KEY: {"arn": f"arn:aws:kms:{REGION}:{ACCOUNT}:key/0"},
        },
        expected={KEY: {"data-loss"}},
    ),
    Scenario(
        "IAM policy widened",
        root=of(
            "aws_iam_policy",
            "connect",
            policy=_policy({**CONNECT, "Action": ["rds-db:connect", "rds:*"], "Resource": "*"}),
        ),
        expected={"aws_iam_policy.connect": {"access-widened"}},
    ),
    Scenario(
        "everything allowed",
        root=of("aws_iam_policy", "connect", policy=_policy({"Effect": "Allow", "Action": "*", "Resource": "*"})),
        expected={"aws_iam_policy.connect": {"access-widened"}},
    ),
    Scenario(
        "role for everybody",
        root=of("aws_iam_role", "app", assume_role_policy=_policy({**ASSUMED_BY_LAMBDA, "Principal": {"AWS": "*"}})),
        expected={"aws_iam_role.app": {"access-widened"}},
    ),
    Scenario(
        "administrator",
        root=of(
            "aws_iam_role_policy_attachment",
            "admin",
            role="${aws_iam_role.app.name}",
            policy_arn="arn:aws:iam::aws:policy/AdministratorAccess",
        ),
        expected={"aws_iam_role_policy_attachment.admin": {"access-widened"}},
    ),
    Scenario(
        "a denial less",
        root=of("aws_s3_bucket_policy", "states", policy=_policy({**DENY_HTTP, "Action": "s3:DeleteObject"})),
        expected={"aws_s3_bucket_policy.states": {"access-widened"}},
    ),
    Scenario(
        "bucket open",
        root=of("aws_s3_bucket_public_access_block", "states", block_public_policy=False),
        expected={"aws_s3_bucket_public_access_block.states": {"access-widened"}},
    ),
    Scenario(
        "no versions",
        root=of("aws_s3_bucket_versioning", "states", versioning_configuration={"status": "Suspended"}),
        expected={"aws_s3_bucket_versioning.states": {"guard-removed"}},
    ),
    Scenario(
        "bucket destroyed with its objects",
        root=of("aws_s3_bucket", "states", force_destroy=True),
        expected={"aws_s3_bucket.states": {"guard-removed"}},
    ),
    Scenario(
        "secret without waiting time",
        root=of("aws_secretsmanager_secret", "app", recovery_window_in_days=0),
        expected={"aws_secretsmanager_secret.app": {"guard-removed"}},
    ),
    Scenario(
        "parameter in plain text",
        root=of("aws_ssm_parameter", "flag", type="String"),
        expected={"aws_ssm_parameter.flag": {"secret-exposed"}},
    ),
    Scenario(
        "secret in the environment",
        root=of("aws_lambda_function", "app", environment={"variables": {"DB_PASSWORD": "not-a-real-one"}}),
        expected={"aws_lambda_function.app": {"secret-exposed"}},
    ),
    Scenario(
        "alarm silenced",
        root=of("aws_cloudwatch_metric_alarm", "cpu", actions_enabled=False),
        expected={"aws_cloudwatch_metric_alarm.cpu": {"guard-removed"}},
    ),
    Scenario(
        "events silenced",
        root=of("aws_db_event_subscription", "all", enabled=False),
        expected={"aws_db_event_subscription.all": {"guard-removed"}},
    ),
    Scenario(
        "policy detached",
        root=without("aws_iam_role_policy_attachment", "connect"),
        expected={"aws_iam_role_policy_attachment.connect": {"connections-drop"}},
    ),
)

HARMLESS = (
    Scenario("nothing"),
    Scenario("tags", module=cluster(tags={"team": "growth"})),
    Scenario("tags of a key", root=of("aws_kms_key", "database", tags={"owner": "data"})),
    Scenario("a reader more", module=instance(for_each={"one": "a", "two": "b", "three": "a"})),
    Scenario("retention raised", module=cluster(backup_retention_period=35)),
    Scenario("another backup window", module=cluster(preferred_backup_window="22:00-23:00")),
    Scenario("another maintenance window", module=cluster(preferred_maintenance_window="sat:03:00-sat:03:30")),
    Scenario(
        "guards on",
        module=cluster(deletion_protection=True, skip_final_snapshot=False, delete_automated_backups=False),
        state=CRITICAL_STATE,
    ),
    Scenario("more logs", module=cluster(enabled_cloudwatch_logs_exports=["instance", "postgresql"])),
    Scenario("dynamic parameter", module=parameters(("log_min_duration_statement", "500", "immediate"))),
    Scenario("dynamic parameter more", module=parameters(("log_temp_files", "1024", "immediate"))),
    Scenario("I/O-Optimized", module=cluster(storage_type="aurora-iopt1")),
    Scenario(
        "minimum capacity", module=cluster(serverlessv2_scaling_configuration={"min_capacity": 2, "max_capacity": 8})
    ),
    Scenario(
        "another maximum without serverless instances",
        module=cluster(serverlessv2_scaling_configuration={"min_capacity": 1, "max_capacity": 16}),
    ),
    Scenario("promotion order", module=instance(promotion_tier=2)),
    Scenario("monitored more often", module=instance(monitoring_interval=15)),
    Scenario("insights kept longer", module=instance(performance_insights_retention_period=93)),
    Scenario("another final snapshot", module=cluster(final_snapshot_identifier="acme-last")),
    Scenario("logs kept longer", module=of("aws_cloudwatch_log_group", for_each={"postgresql": 731})),
    Scenario("logs kept for ever", module=of("aws_cloudwatch_log_group", for_each={"postgresql": 0})),
    Scenario("alarm earlier", root=of("aws_cloudwatch_metric_alarm", "cpu", threshold=70)),
    Scenario(
        "key policy in another order",
        root=of(
            "aws_kms_key",
            "database",
            policy=_policy(THROUGH_RDS, {**ROOT_OF_ACCOUNT, "Principal": {"AWS": ACCOUNT}, "Action": ["kms:*"]}),
        ),
    ),
    Scenario("key described", root=of("aws_kms_key", "database", description="the database's")),
    Scenario(
        "moved",
        module={
            "moved": [{"from": "aws_rds_cluster.this", "to": "aws_rds_cluster.main"}],
            "output": {"endpoint": {"value": "${aws_rds_cluster.main[0].endpoint}"}},
            "resource": {
                "aws_rds_cluster": {"this": None, "main": MODULE["resource"]["aws_rds_cluster"]["this"]},
                "aws_rds_cluster_instance": {"this": {"cluster_identifier": "${aws_rds_cluster.main[0].id}"}},
            },
        },
    ),
    Scenario("a rule described", module=of("aws_vpc_security_group_ingress_rule", "cidr", description="applications")),
    Scenario("function with more memory", root=of("aws_lambda_function", "app", memory_size=512)),
    Scenario("another engine's port", root=of("aws_rds_cluster", "mysql", port=3307)),
    Scenario("sessions of a role", root=of("aws_iam_role", "app", max_session_duration=7200)),
)
