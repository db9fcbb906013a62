"""Configurations that others run, as environment files: each says what of the original is exact, and it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.harness import ROOT, synthesized

if TYPE_CHECKING:
    from tests.harness import Synthesized

pytestmark = pytest.mark.long

FOLDER = ROOT / "tests" / "configurations"

NAMES = sorted(path.stem for path in FOLDER.glob("*.yaml"))

CLUSTER = "aws_rds_cluster.aurora"

GROUP = "aws_rds_cluster_parameter_group.aurora"

INSTANCE = "aws_rds_cluster_instance.instance_"

DATABASE = "${aws_security_group.database.id}"

SETS: dict[str, dict[str, dict[str, Any]]] = {
    "gc-notify": {
        CLUSTER: {
            "cluster_identifier": "notification-canada-ca-production-cluster",
            "database_name": "NotificationCanadaCaproduction",
            "master_username": "postgres",
            "backup_retention_period": 8,
            "preferred_backup_window": "07:00-09:00",
            "preferred_maintenance_window": "wed:04:00-wed:04:30",
            "deletion_protection": True,
            "vpc_security_group_ids": [DATABASE, "sg-0a1b2c3d4e5f60001"],
        },
        f"{INSTANCE}3": {
            "identifier": "notification-canada-ca-production-instance-2",
            "ca_cert_identifier": "rds-ca-rsa4096-g1",
        },
        "aws_rds_cluster_activity_stream.activity": {"mode": "async"},
        "aws_cloudwatch_log_group.postgresql": {"retention_in_days": 3},
        "aws_backup_selection.copies": {"resources": ["${aws_rds_cluster.aurora.arn}"]},
    },
    "simpler-grants": {
        CLUSTER: {
            "cluster_identifier": "api-prod",
            "db_subnet_group_name": "prod",
            "kms_key_id": "arn:aws:kms:us-east-1:100000000002:key/1234abcd-12ab-34cd-56ef-1234567890a2",
            "manage_master_user_password": True,
            "iam_database_authentication_enabled": True,
            "deletion_protection": True,
            "skip_final_snapshot": True,
            "serverlessv2_scaling_configuration": {"min_capacity": 0.5, "max_capacity": 1},
        },
        f"{INSTANCE}1": {"monitoring_interval": 30},
        "aws_vpc_security_group_ingress_rule.from_security_group_service": {
            "referenced_security_group_id": "sg-0a1b2c3d4e5f60021"
        },
    },
    "terraform-enterprise": {
        CLUSTER: {
            "cluster_identifier": "tfe-db-cluster-us-east-2",
            "backup_retention_period": 35,
            "apply_immediately": True,
            "master_username": "tfe",
            "database_name": "tfe",
        },
        f"{INSTANCE}2": {
            "identifier": "tfe-db-cluster-us-east-2-instance-1",
            "instance_class": "db.r6i.xlarge",
            "performance_insights_enabled": True,
        },
    },
    "beneficiary-fhir": {
        CLUSTER: {
            "storage_type": "aurora-iopt1",
            "skip_final_snapshot": True,
            "deletion_protection": True,
            "vpc_security_group_ids": [
                DATABASE,
                *("sg-0a1b2c3d4e5f60042", "sg-0a1b2c3d4e5f60043", "sg-0a1b2c3d4e5f60044"),
            ],
            "kms_key_id": "arn:aws:kms:us-east-1:100000000004:key/1234abcd-12ab-34cd-56ef-1234567890a4",
        },
        f"{INSTANCE}writer": {"monitoring_interval": 15, "availability_zone": "us-east-1a"},
        "aws_appautoscaling_target.readers": {"min_capacity": 1, "max_capacity": 4},
        "aws_appautoscaling_scheduled_action.readers_business_hours": {"timezone": "America/New_York"},
        "aws_vpc_security_group_ingress_rule.from_peered_management": {"cidr_ipv4": "10.128.0.0/16"},
    },
    "notify-server": {
        CLUSTER: {
            "skip_final_snapshot": True,
            "deletion_protection": True,
            "serverlessv2_scaling_configuration": {"min_capacity": 2, "max_capacity": 20},
        },
        f"{INSTANCE}3": {
            "instance_class": "db.serverless",
            "ca_cert_identifier": "rds-ca-ecc384-g1",
            "monitoring_interval": 30,
        },
        "aws_cloudwatch_log_group.postgresql": {
            "retention_in_days": 14,
            "kms_key_id": "arn:aws:kms:eu-central-1:100000000005:key/1234abcd-12ab-34cd-56ef-1234567890a5",
        },
        "aws_vpc_security_group_ingress_rule.from_cidr_vpc": {"cidr_ipv4": "10.1.0.0/16"},
    },
    "camunda": {
        CLUSTER: {"engine_version": "15.8", "master_username": "secret_user", "database_name": "camunda_keycloak"},
        f"{INSTANCE}1": {"instance_class": "db.t3.medium", "auto_minor_version_upgrade": False},
        "aws_vpc_security_group_ingress_rule.from_cidr_public_3": {"cidr_ipv4": "10.192.160.0/19"},
    },
    "outlier-nightly": {
        CLUSTER: {
            "snapshot_identifier": "nightly-before-zero-etl",
            "db_subnet_group_name": "nightly",
            "deletion_protection": True,
        },
        f"{INSTANCE}2": {"instance_class": "db.r7g.large", "availability_zone": "us-west-2b"},
    },
    "campaign-plan": {
        CLUSTER: {
            "cluster_identifier": "campaign-plan-db-prod",
            "master_username": "campaign_plan",
            "backup_retention_period": 14,
            "serverlessv2_scaling_configuration": {"min_capacity": 1, "max_capacity": 64},
        },
    },
    "sync-engine": {
        CLUSTER: {
            "serverlessv2_scaling_configuration": {
                "min_capacity": 0,
                "max_capacity": 1,
                "seconds_until_auto_pause": 300,
            }
        },
    },
    "rio-build": {
        CLUSTER: {"network_type": "DUAL", "engine_version": "18.3", "manage_master_user_password": True},
        "aws_vpc_security_group_ingress_rule.from_ipv6_vpc": {"cidr_ipv6": "2600:1f16:abcd:ef00::/56"},
    },
    "valhalla": {
        CLUSTER: {"storage_type": "aurora-iopt1", "master_username": "root"},
        "aws_appautoscaling_target.readers": {"min_capacity": 2, "max_capacity": 5},
        "aws_rds_cluster_endpoint.endpoint_static": {"static_members": ["${aws_rds_cluster_instance.instance_two.id}"]},
        "aws_rds_cluster_activity_stream.activity": {"kms_key_id": "${aws_kms_key.activity.arn}"},
    },
    "orders-of-many": {
        CLUSTER: {"enable_http_endpoint": True, "db_subnet_group_name": "databases"},
        "aws_appautoscaling_target.readers": {"min_capacity": 1, "max_capacity": 3},
    },
    "finishline": {
        CLUSTER: {
            "engine_version": "15.15",
            "kms_key_id": "arn:aws:kms:us-east-1:100000000013:key/1234abcd-12ab-34cd-56ef-1234567890ad",
        },
        "aws_rds_cluster_role_association.s3_import": {"feature_name": "s3Import"},
        "aws_vpc_security_group_egress_rule.to_s3": {"prefix_list_id": "${data.aws_ec2_managed_prefix_list.s3.id}"},
    },
}
"""What each sets, by the address that has it here."""

PARAMETERS: dict[str, dict[str, str]] = {
    "gc-notify": {"rds.logical_replication": "1", "log_min_duration_statement": "500"},
    "simpler-grants": {"log_statement": "ddl", "log_min_duration_statement": "100"},
    "beneficiary-fhir": {"auto_explain.log_min_duration": "10000"},
    "outlier-nightly": {
        "aurora.enhanced_logical_replication": "1",
        "aurora.logical_replication_backup": "0",
        "aurora.logical_replication_globaldb": "0",
    },
    "sync-engine": {"max_slot_wal_keep_size": "10240", "rds.logical_replication": "1"},
    "valhalla": {"log_min_duration_statement": "4000", "rds.force_ssl": "1"},
    "finishline": {"log_connections": "1"},
}

PRELOADED = {"gc-notify": "pg_cron", "beneficiary-fhir": "auto_explain", "outlier-nightly": "auto_explain"}


@pytest.fixture(scope="module")
def output(tmp_path_factory: pytest.TempPathFactory) -> Synthesized:
    """Return all of them, synthesized at once."""
    return synthesized(FOLDER, tmp_path_factory.mktemp("configurations") / "out")


def parameters(output: Synthesized, name: str) -> dict[str, str]:
    """Return the parameters of a configuration's cluster."""
    (group,) = output.stack(f"{name}-database")["resource"]["aws_rds_cluster_parameter_group"].values()
    return {one["name"]: one["value"] for one in group["parameter"]}


@pytest.mark.parametrize("name", NAMES)
def test_a_configuration_of_others_is_expressed_argument_by_argument(name: str, output: Synthesized) -> None:
    stack = f"{name}-database"
    found = {
        address: {argument: output.resource(stack, address).get(argument) for argument in arguments}
        for address, arguments in SETS[name].items()
    }
    assert found == SETS[name]
    said = parameters(output, name)
    wanted = PARAMETERS.get(name, {})
    assert {key: said.get(key) for key in wanted} == wanted
    assert PRELOADED.get(name, "") in said.get("shared_preload_libraries", "")


def test_what_they_have_beside_the_database_is_expressed_too(output: Synthesized) -> None:
    users = output.stack("camunda-access")["resource"]["aws_iam_policy"]
    assert {"connect_as_keycloak_irsa", "connect_as_identity_irsa", "connect_as_webmodeler_irsa"} <= set(users)
    assert output.resource("rio-build-access", "aws_iam_policy.connect_as_rio_app")
    for name, share in (("valhalla", "100"), ("orders-of-many", "80")):
        proxy = output.resource(f"{name}-access", "aws_cloudformation_stack.proxy")
        assert proxy["parameters"]["MaxConnectionsPercent"] == share
        assert "VPCEndpoint" in proxy["template_body"] or "ReaderEndpoint" in proxy["template_body"]
    assert len(output.stack("valhalla-network")["resource"]["aws_nat_gateway"]) == 3
    assert {one["topic"] for one in output.stack("gc-notify-monitoring")["locals"]["event_rules"].values()} == {
        "arn:aws:sns:ca-central-1:100000000001:alert-critical",
        "arn:aws:sns:ca-central-1:100000000001:alert-warning",
    }


@pytest.mark.parametrize("name", NAMES)
def test_each_says_what_is_exact_substituted_and_refused(name: str) -> None:
    lines = (FOLDER / f"{name}.yaml").read_text().splitlines()
    said = [line.removeprefix("# ").partition(":")[0] for line in lines if line.startswith("# ") and ":" in line]
    assert [one for one in said if one in ("exact", "substituted", "refused")] == ["exact", "substituted", "refused"]
    assert f"[{name}](../tests/configurations/{name}.yaml)" in (ROOT / "docs" / "configurations.md").read_text()
    assert name in SETS
