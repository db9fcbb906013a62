"""What people change in a running environment, and what it may do: the left half of docs/changes.md."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.harness import BASE, merged

ENVIRONMENT: dict[str, Any] = merged(
    BASE,
    {
        "tier": "production",
        "aws": {"zones": ["eu-west-1a", "eu-west-1b"]},
        "database": {
            "engine_version": "15.10",
            "instances": 2,
            "access": {"cidrs": {"private": "10.10.0.0/18"}},
        },
        # Alarms follow what they watch; their plans are the monitoring tests' own.
        "monitoring": {"enabled": False},
        "state": {"backend": "local"},
    },
)
"""What is running: a protected production with two instances in two zones, and no alarms."""

CREATED = "created"
DELETED = "deleted"
UPDATED = "updated in place"
REPLACED = "replaced, the new one first"
REPLACED_AFTER = "replaced, the old one first"
REFUSED = "refused by prevent_destroy"

CLUSTER = "aws_rds_cluster.aurora"
GROUP = "aws_rds_cluster_parameter_group.cluster"
INSTANCES = "aws_rds_cluster_instance.instance_*"


@dataclass(frozen=True)
class Scenario:
    """A change of the environment's file, and what it does to each resource that it touches.

    Addresses may have a wild card; none may match nothing. An empty ``expected`` means that nothing is touched.
    """

    title: str
    changes: dict[str, Any]
    expected: dict[str, str] = field(default_factory=dict)


def _database(**changes: Any) -> dict[str, Any]:
    return {"database": changes}


def _created(**changes: Any) -> dict[str, Any]:
    return {"network": {"create": changes}}


UNPROTECTED = {
    CLUSTER: UPDATED,
    "aws_cloudwatch_log_group.*": UPDATED,
    "aws_kms_key.*": UPDATED,
}
"""Only arguments that the provider itself keeps, and deletion protection."""

SCENARIOS = (
    Scenario("a third instance", _database(instances=3), {"aws_rds_cluster_instance.instance_3": CREATED}),
    Scenario("one instance less", _database(instances=1), {"aws_rds_cluster_instance.instance_2": DELETED}),
    Scenario(
        "a named reader more",
        _database(instances={"1": {}, "2": {}, "analytics": {"promotion_tier": 15, "zone": "eu-west-1a"}}),
        {"aws_rds_cluster_instance.instance_analytics": CREATED},
    ),
    Scenario("another class of all instances", _database(instance_class="db.r5.xlarge"), {INSTANCES: UPDATED}),
    Scenario(
        "another class of one instance",
        _database(instances={"1": {}, "2": {"instance_class": "db.r5.xlarge"}}),
        {"aws_rds_cluster_instance.instance_2": UPDATED},
    ),
    Scenario(
        "to Serverless v2",
        _database(instance_class="serverless", capacity={"minimum": 1, "maximum": 8}),
        {CLUSTER: UPDATED, GROUP: UPDATED, INSTANCES: UPDATED},
    ),
    Scenario(
        "another promotion order",
        _database(instances={"1": {"promotion_tier": 0}, "2": {}}),
        {"aws_rds_cluster_instance.instance_1": UPDATED},
    ),
    Scenario("a static parameter", _database(parameters={"max_connections": 500}), {GROUP: UPDATED}),
    Scenario("a dynamic parameter", _database(parameters={"log_min_duration_statement": 500}), {GROUP: UPDATED}),
    Scenario("a library to preload", _database(preload_libraries=["auto_explain"]), {GROUP: UPDATED}),
    Scenario("another level of tuning", _database(tuning="medium"), {GROUP: UPDATED}),
    Scenario("another minor version in the file alone", _database(engine_version="15.12")),
    Scenario("a newer minor version", _database(engine_version="15.12", upgrade=True), {CLUSTER: UPDATED}),
    Scenario(
        "a newer minor version at once",
        _database(engine_version="15.12", upgrade=True, changes_apply="at_once"),
        {CLUSTER: UPDATED, INSTANCES: UPDATED, "aws_ssm_parameter.engine_version": UPDATED},
    ),
    Scenario(
        "a newer minor version, and a tag for everything",
        {**_database(engine_version="15.12", upgrade=True), "tags": {"owner": "growth"}},
        {"*": UPDATED},
    ),
    Scenario("minor versions by AWS", _database(engine_version="15"), {INSTANCES: UPDATED}),
    Scenario(
        "minor versions by AWS, and longer point-in-time recovery",
        _database(engine_version="15", backup={"retention_days": 35}),
        {CLUSTER: UPDATED, INSTANCES: UPDATED},
    ),
    Scenario(
        "a new major version",
        _database(engine_version="16.8", allow_major_version_upgrade=True),
        {
            CLUSTER: UPDATED,
            INSTANCES: UPDATED,
            GROUP: REPLACED,
            "aws_db_parameter_group.instance": REPLACED,
            "aws_ssm_parameter.engine_version": UPDATED,
        },
    ),
    Scenario(
        "advanced Database Insights",
        _database(monitoring={"insights": "advanced"}),
        {CLUSTER: UPDATED, INSTANCES: UPDATED},
    ),
    Scenario(
        "another monitoring interval",
        _database(monitoring={"interval_seconds": 15}),
        {CLUSTER: UPDATED, INSTANCES: UPDATED},
    ),
    Scenario(
        "no Enhanced Monitoring",
        _database(monitoring={"interval_seconds": 0}),
        {
            CLUSTER: UPDATED,
            INSTANCES: UPDATED,
            "aws_iam_role.monitoring": DELETED,
            "aws_iam_role_policy_attachment.monitoring": DELETED,
        },
    ),
    Scenario(
        "a longer log retention",
        _database(logs={"postgresql": 731}),
        {"aws_cloudwatch_log_group.postgresql": UPDATED},
    ),
    Scenario("longer point-in-time recovery", _database(backup={"retention_days": 35}), {CLUSTER: UPDATED}),
    Scenario("another backup window", _database(backup={"window": "22:00-23:00"}), {CLUSTER: UPDATED}),
    Scenario(
        "another maintenance window",
        _database(maintenance={"window": "sat:03:00-sat:03:30"}),
        {CLUSTER: UPDATED, INSTANCES: UPDATED},
    ),
    Scenario("changes at once", _database(changes_apply="at_once"), {CLUSTER: UPDATED, INSTANCES: UPDATED}),
    Scenario("I/O-Optimized storage", _database(storage="io_optimized"), {CLUSTER: UPDATED}),
    Scenario("another certificate authority", _database(ca_certificate="rds-ca-rsa4096-g1"), {INSTANCES: UPDATED}),
    Scenario(
        "faster rotation of the master password",
        _database(master_user={"rotation_days": 7}),
        {"aws_secretsmanager_secret_rotation.master": UPDATED},
    ),
    Scenario(
        "another block admitted",
        _database(access={"cidrs": {"private": "10.10.0.0/18", "vpn": "10.10.128.0/24"}}),
        {"aws_vpc_security_group_ingress_rule.from_cidr_vpn": CREATED},
    ),
    Scenario(
        "a security group admitted",
        _database(access={"security_groups": {"api": "sg-0a1b2c3d4e5f60718"}}),
        {"aws_vpc_security_group_ingress_rule.from_security_group_api": CREATED},
    ),
    Scenario(
        "another port",
        _database(port=6432),
        {
            CLUSTER: UPDATED,
            "aws_vpc_security_group_ingress_rule.from_cidr_private": UPDATED,
            "aws_ssm_parameter.port": UPDATED,
        },
    ),
    Scenario(
        "a third zone",
        {"aws": {"zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"]}},
        {
            "aws_subnet.*_c": CREATED,
            "aws_route_table.private_c": CREATED,
            "aws_route_table_association.*_c": CREATED,
            "aws_vpc_endpoint.s3": UPDATED,
        },
    ),
    Scenario(
        "a NAT gateway",
        _created(nat="single"),
        {
            "aws_eip.nat_a": CREATED,
            "aws_internet_gateway.main": CREATED,
            "aws_nat_gateway.a": CREATED,
            "aws_route.*": CREATED,
            "aws_route_table.public": CREATED,
            "aws_route_table_association.public_*": CREATED,
            "aws_subnet.public_*": CREATED,
        },
    ),
    Scenario(
        "an interface endpoint",
        _created(interface_endpoints=["ssm"]),
        {
            "aws_security_group.endpoints": CREATED,
            "aws_vpc_security_group_ingress_rule.endpoints_from_vpc": CREATED,
            "aws_vpc_endpoint.ssm": CREATED,
        },
    ),
    Scenario("a tag for everything", {"tags": {"owner": "growth"}}, {"*": UPDATED}),
    Scenario("protection taken away", {"protected": False}, UNPROTECTED),
    Scenario("another master user", _database(master_user={"name": "other"}), {CLUSTER: REFUSED}),
    Scenario("another database name", _database(name="other"), {CLUSTER: REFUSED}),
    Scenario(
        "the instances to other zones",
        {"database": {"instances": {"1": {"zone": "eu-west-1b"}, "2": {"zone": "eu-west-1a"}}}},
        {INSTANCES: REFUSED},
    ),
    Scenario(
        "another block of the VPC",
        {
            "network": {"create": {"cidr": "10.20.0.0/16"}},
            "database": {"access": {"cidrs": {"private": "10.20.0.0/18"}}},
        },
        {"aws_vpc.main": REFUSED, "aws_vpc_security_group_ingress_rule.from_cidr_private": UPDATED},
    ),
)
"""Each is planned by itself on top of what is running."""

LARGER: dict[str, Any] = merged(
    ENVIRONMENT,
    {
        "aws": {"zones": ["eu-west-1a", "eu-west-1b", "eu-west-1c"]},
        "network": {"create": {"nat": "per_zone", "interface_endpoints": ["ssm", "kms"]}},
        "database": {
            "instances": {"1": {}, "2": {}, "analytics": {"promotion_tier": 15, "zone": "eu-west-1c"}},
            "access": {"cidrs": {"private": "10.10.0.0/18", "vpn": "10.10.128.0/24"}},
            "parameters": {"max_connections": 500, "log_min_duration_statement": 500},
            "preload_libraries": ["auto_explain"],
        },
        "tags": {"owner": "growth"},
    },
)
"""What is running where something is taken away: the same production with what it can grow by."""

ZONE_LESS = {
    "aws_subnet.*_c": DELETED,
    "aws_route_table.private_c": DELETED,
    "aws_route_table_association.*_c": DELETED,
    "aws_route.private_c": DELETED,
    "aws_nat_gateway.c": DELETED,
    "aws_eip.nat_c": DELETED,
    "aws_vpc_endpoint.*": UPDATED,
}
"""What a zone of the network has; the database's subnet group follows once the network says so."""

_TWO_ZONES = {"aws": {"zones": ["eu-west-1a", "eu-west-1b"]}}


REMOVALS = (
    Scenario(
        "a named reader less",
        _database(instances={"analytics": None}),
        {"aws_rds_cluster_instance.instance_analytics": DELETED},
    ),
    Scenario("a static parameter taken out", _database(parameters={"max_connections": None}), {GROUP: UPDATED}),
    Scenario(
        "a dynamic parameter taken out", _database(parameters={"log_min_duration_statement": None}), {GROUP: UPDATED}
    ),
    Scenario("a library to preload taken out", _database(preload_libraries=[]), {GROUP: UPDATED}),
    Scenario(
        "a block admitted no more",
        _database(access={"cidrs": {"vpn": None}}),
        {"aws_vpc_security_group_ingress_rule.from_cidr_vpn": DELETED},
    ),
    Scenario("an interface endpoint less", _created(interface_endpoints=["ssm"]), {"aws_vpc_endpoint.kms": DELETED}),
    Scenario(
        "no interface endpoint",
        _created(interface_endpoints=[]),
        {
            "aws_security_group.endpoints": DELETED,
            "aws_vpc_security_group_ingress_rule.endpoints_from_vpc": DELETED,
            "aws_vpc_endpoint.ssm": DELETED,
            "aws_vpc_endpoint.kms": DELETED,
        },
    ),
    Scenario(
        "no NAT gateway",
        _created(nat="none"),
        {
            "aws_eip.nat_*": DELETED,
            "aws_internet_gateway.main": DELETED,
            "aws_nat_gateway.*": DELETED,
            "aws_route.*": DELETED,
            "aws_route_table.public": DELETED,
            "aws_route_table_association.public_*": DELETED,
            "aws_subnet.public_*": DELETED,
        },
    ),
    Scenario("no tag for everything", {"tags": None}, {"*": UPDATED}),
    Scenario(
        "a zone less, and the reader in it",
        {**_TWO_ZONES, **_database(instances={"analytics": None})},
        {**ZONE_LESS, "aws_rds_cluster_instance.instance_analytics": DELETED},
    ),
    Scenario(
        "a zone less, and no interface endpoint",
        {
            **_TWO_ZONES,
            "network": {"create": {"interface_endpoints": []}},
            **_database(instances={"analytics": None}),
        },
        {
            "aws_rds_cluster_instance.instance_analytics": DELETED,
            "aws_vpc_endpoint.s3": UPDATED,
            "aws_vpc_endpoint.ssm": DELETED,
            "aws_vpc_endpoint.kms": DELETED,
            "aws_security_group.endpoints": DELETED,
            "aws_vpc_security_group_ingress_rule.endpoints_from_vpc": DELETED,
            **{pattern: what for pattern, what in ZONE_LESS.items() if pattern != "aws_vpc_endpoint.*"},
        },
    ),
)
"""Each takes away by itself from what is running where there is more."""
