"""Keys that people bring from other tools get the reason or the right key, however they are spelt."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from reading import foreign, loader, places
from tests.reading.test_reading_mistakes import TODAY, database, development, written

if TYPE_CHECKING:
    from pathlib import Path

BROUGHT = {
    # aws_rds_cluster and aws_rds_cluster_instance
    "allocated_storage": "Aurora's storage grows",
    "apply_immediately": "changes_apply is at_once or in_window",
    "availability_zones": "fewer would replace the cluster",
    "backtrack_window": "only Aurora MySQL",
    "backup_retention_period": "did you mean database.backup.retention_days?",
    "ca_certificate_identifier": "did you mean ca_certificate?",
    "cluster_identifier": "every name follows from project",
    "cluster_identifier_prefix": "every name follows from project",
    "copy_tags_to_snapshot": "tags are always copied",
    "database_insights_mode": "did you mean database.monitoring.insights?",
    "database_name": "did you mean name?",
    "db_cluster_parameter_group_name": "parameter groups follow from engine_version",
    "db_subnet_group_name": "network.existing names those that exist",
    "delete_automated_backups": "protected decides",
    "deletion_protection": "did you mean protected?",
    "domain": "not by Kerberos",
    "enable_global_write_forwarding": "a global database",
    "enable_http_endpoint": "did you mean data_api?",
    "enabled_cloudwatch_logs_exports": "every log is exported",
    "engine": "always aurora-postgresql",
    "engine_mode": "always provisioned",
    "engine_lifecycle_support": "Extended Support is opted out of",
    "final_snapshot_identifier": "protected decides",
    "global_cluster_identifier": "a global database",
    "iam_database_authentication_enabled": "IAM authentication is always on",
    "iam_roles": "database.roles associates",
    "iops": "Aurora's storage grows",
    "kms_key_id": "one that exists stands under encryption",
    "manage_master_user_password": "RDS always keeps the password",
    "master_password": "RDS keeps the password in Secrets Manager",
    "master_password_wo": "RDS keeps the password in Secrets Manager",
    "master_username": "did you mean database.master_user.name?",
    "master_user_secret_kms_key_id": "stands under encryption",
    "monitoring_interval": "did you mean database.monitoring.interval_seconds?",
    "monitoring_role_arn": "creates the role",
    "network_type": "ip: dual",
    "enable_ipv6": "ip: dual",
    "performance_insights_enabled": "always on",
    "performance_insights_kms_key_id": "stands under encryption",
    "performance_insights_retention_period": "always on",
    "preferred_backup_window": "did you mean database.backup.window?",
    "preferred_maintenance_window": "did you mean database.maintenance.window?",
    "publicly_accessible": "never reachable from the internet",
    "replication_source_identifier": "a replica of another cluster",
    "restore_to_point_in_time": "database.origin says",
    "s3_import": "database.roles associates",
    "serverlessv2_scaling_configuration": "database.capacity has minimum and maximum",
    "skip_final_snapshot": "protected decides",
    "snapshot_identifier": "database.origin says",
    "source_region": "a replica of another cluster",
    "storage_encrypted": "always encrypted",
    "storage_type": "standard or io_optimized",
    "timeouts": "the provider's own times",
    "vpc_security_group_ids": "database.access names who may connect",
    # terraform-aws-modules/rds-aurora
    "autoscaling_enabled": "database.readers has minimum and maximum",
    "autoscaling_max_capacity": "did you mean database.readers.maximum?",
    "autoscaling_min_capacity": "did you mean database.readers.minimum?",
    "autoscaling_target_cpu": "did you mean database.readers.cpu_percent?",
    "autoscaling_target_connections": "did you mean database.readers.connections?",
    "autoscaling_scale_in_cooldown": "did you mean database.readers.scale_in_cooldown_seconds?",
    "cloudwatch_log_group_retention_in_days": "has the days",
    "cluster_activity_stream": "database.activity_stream",
    "backup_vault": "database.backup.copies",
    "cluster_ca_cert_identifier": "did you mean ca_certificate?",
    "cluster_instance_class": "did you mean instance_class?",
    "cluster_monitoring_interval": "did you mean database.monitoring.interval_seconds?",
    "cluster_tags": "did you mean tags?",
    "create_db_subnet_group": "network.existing names those that exist",
    "create_monitoring_role": "creates the role",
    "create_security_group": "database.access names who may connect",
    "endpoints": "did you mean endpoints?",
    "is_primary_cluster": "a global database",
    "master_user_password_rotation_automatically_after_days": "did you mean database.master_user.rotation_days?",
    "security_group_ingress_rules": "database.access names who may connect",
    "subnets": "network.existing names those that exist",
    "vpc_id": "network.existing.vpc_id names a VPC",
    # cloudposse/rds-cluster
    "admin_password": "RDS keeps the password in Secrets Manager",
    "admin_user": "did you mean database.master_user.name?",
    "allowed_cidr_blocks": "database.access names who may connect",
    "backup_window": "did you mean database.backup.window?",
    "cluster_family": "parameter groups follow from engine_version",
    "cluster_size": "instances is how many there are",
    "db_name": "did you mean name?",
    "instance_type": "did you mean instance_class?",
    "maintenance_window": "did you mean database.maintenance.window?",
    "rds_monitoring_interval": "did you mean database.monitoring.interval_seconds?",
    "retention_period": "did you mean database.backup.retention_days?",
    "zone_id": "the contract publishes those",
    # CDK's DatabaseCluster, CloudFormation's AWS::RDS::DBCluster and DBInstance
    "cloudwatch_logs_exports": "every log is exported",
    "credentials": "RDS keeps the password in Secrets Manager",
    "db_cluster_identifier": "every name follows from project",
    "db_instance_class": "did you mean instance_class?",
    "default_database_name": "did you mean name?",
    "deletion_policy": "protected decides",
    "enable_data_api": "did you mean data_api?",
    "iam_authentication": "IAM authentication is always on",
    "manage_master_user_secret": "RDS always keeps the password",
    "master_user_password": "RDS keeps the password in Secrets Manager",
    "multi_az": "set database.instances",
    "removal_policy": "protected decides",
    "s3_import_role": "did you mean database.roles.s3_import?",
    "serverless_v2_max_capacity": "did you mean database.capacity.maximum?",
    "serverless_v2_min_capacity": "did you mean database.capacity.minimum?",
    "storage_encryption_key": "stands under encryption",
    "subnet_group": "network.existing names those that exist",
    "vpc_subnets": "network.existing names those that exist",
    "writer": "instances is how many there are",
}
"""Keys of others, and what is said of them under ``database``."""


def spellings(key: str) -> list[str]:
    """Return a key as Terraform, CDK, CloudFormation and command lines write it."""
    words = key.split("_")
    pascal = "".join(word.capitalize() for word in words)
    return [key, pascal[0].lower() + pascal[1:], pascal, "-".join(words)]


def told(tmp_path: Path, text: str) -> list[str]:
    """Return the errors of a file, from their keys on."""
    found = loader.inspect(written(tmp_path, text), today=TODAY).findings
    return [f"{one.key}: {one.message}" for one in found if one.severity == "error"]


def test_there_are_many_of_them() -> None:
    assert len(BROUGHT) > 90


@pytest.mark.parametrize("key", BROUGHT)
def test_a_key_from_elsewhere_gets_its_reason_in_every_spelling(key: str) -> None:
    for spelt in spellings(key):
        message, target = foreign.explained(("database", spelt), {})
        assert BROUGHT[key] in message, spelt
        if target is not None:
            assert str(target[-1]) in places.keys(target[:-1], {}), target


@pytest.mark.parametrize("key", ["multiAz", "DeletionProtection", "skip-final-snapshot", "kmsKeyArn"])
def test_they_are_told_wherever_they_stand(key: str, tmp_path: Path) -> None:
    (message,) = told(tmp_path, development(f"{key}: x"))
    assert message.startswith(f"{key}: is not a key here: "), message
    assert "allowed are" not in message


def test_what_is_suggested_exists_and_is_no_stranger() -> None:
    for table in (foreign.EVERYWHERE, *foreign.INSIDE.values()):
        for key, known in table.items():
            assert known.why or known.meant, key
            if known.meant:
                place = tuple(known.meant.replace("*", "1").split("."))
                allowed = places.keys(place[:-1], {"database": {"instances": {"1": {}}}, "state": {"backend": "s3"}})
                assert place[-1] in allowed, key


@pytest.mark.parametrize(
    ("key", "target"),
    [
        ("engineVersion", "engine_version"),
        ("EngineVersion", "engine_version"),
        ("instance-class", "instance_class"),
        ("INSTANCES", "instances"),
    ],
)
def test_our_own_keys_are_known_in_other_spellings(key: str, target: str) -> None:
    message, meant = foreign.explained(("database", key), {})
    assert message.endswith(f"; did you mean {target}?")
    assert meant == ("database", target)


@pytest.mark.parametrize(
    ("block", "key"),
    [
        *(("database", key) for key in ("color", "foo", "subscription", "replicate", "instrument")),
        *(("", key) for key in ("networking_mode", "owner", "team", "cost_center")),
        # There is one such key, deep inside a block that has nothing to do with this one.
        *(("network", "mode"), ("aws", "role"), ("state", "schedule"), ("", "pool")),
    ],
)
def test_what_is_like_nothing_is_not_taken_for_something(block: str, key: str) -> None:
    message, target = foreign.explained((*filter(None, [block]), key), {})
    assert "did you mean" not in message
    assert target is None


@pytest.mark.parametrize(
    ("key", "place"),
    [("account_id", "aws.account_id"), ("engine_version", "database.engine_version"), ("nat", "network.create.nat")],
)
def test_a_key_one_block_too_high_is_sent_to_its_own(key: str, place: str) -> None:
    message, _ = foreign.explained((key,), {})
    if key == "nat":  # there are two, one for each kind of network
        assert "did you mean" not in message
    else:
        assert message.endswith(f"; did you mean {place}?")


@pytest.mark.parametrize("key", ["rds", "db", "postgres", "cluster", "rdsCluster"])
def test_what_a_block_is_called_elsewhere_is_read_as_the_block(key: str, tmp_path: Path) -> None:
    assert told(tmp_path, development(f"{key}: {{port: 1}}")) == [
        f"{key}: is not a key here; did you mean database?",
        "database.port: 1 is not between 1150 and 65535",
    ]


def test_of_keys_that_begin_alike_the_shortest_is_meant(tmp_path: Path) -> None:
    (message,) = told(tmp_path, development("monitoring: {thresholds: {cpu: 80}}"))
    assert message.endswith("; did you mean cpu_percent?")


@pytest.mark.parametrize("value", ["${AWS_REGION}", "'{{ region }}'", "{{ region }}"])
def test_what_waits_to_be_filled_in_is_told_that_nothing_is(value: str, tmp_path: Path) -> None:
    found = told(tmp_path, development(("region: eu-west-1", f"region: {value}")))
    assert any(message.endswith("; nothing is filled in here: write the value itself") for message in found), found


def test_a_value_under_a_misspelt_key_is_checked_as_well(tmp_path: Path) -> None:
    assert told(tmp_path, development("databse: {port: 1, backup: {retention: 90}}"))[1:] == [
        "database.port: 1 is not between 1150 and 65535",
        "database.backup.retention: is not a key here; allowed are retention_days, window, final_snapshot, copies; did "
        "you mean retention_days?",
        "database.backup.retention_days: 90 is not between 1 and 35 days",
    ]


def test_a_misspelt_key_without_quotes_is_both(tmp_path: Path) -> None:
    found = told(tmp_path, database("version: 15.3"))
    assert [message.partition(";")[0] for message in found] == [
        "database.engine_version: 15.3 is a number to YAML, which may drop zeros",
        "database.engine_version: 15.3: AWS no longer creates it",
        "database.version: is not a key here",
    ]


def test_a_misspelt_key_that_is_needed_is_not_missing_as_well(tmp_path: Path) -> None:
    (message,) = told(tmp_path, development(("project: experimentation", "projetc: experimentation")))
    assert message.endswith("did you mean project?")


def test_a_key_from_elsewhere_is_read_as_what_it_means_here(tmp_path: Path) -> None:
    found = told(tmp_path, database("backupRetentionPeriod: 90", "preferredBackupWindow: 01:00-01:10"))
    assert [re.sub(r":.*", "", message) for message in found] == [
        "database.backup.retention_days",
        "database.backupRetentionPeriod",
        "database.backup.window",
        "database.preferredBackupWindow",
    ]
