"""The compliance table says what the synthesized JSON says, and has no control missing."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

from tools.policy import cis, compliance, security_hub
from tools.policy.stacks import Stack, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.harness import Synthesized

FOUNDATIONAL = {
    # AWS Security Hub User Guide, "AWS Foundational Security Best Practices standard", 2025.
    "RDS": {*range(1, 18), *range(19, 26), 27, *range(34, 38), *range(40, 49)},
    "KMS": {1, 2, 3, 5},
    "SecretsManager": {1, 2, 3, 4},
    "EC2": {*range(1, 5), *range(6, 11), *range(15, 22), *range(23, 26), 51, *range(55, 59), 60}
    | {*range(170, 174), 180, 181},
    "S3": {1, 2, 3, 5, 6, 8, 9, 12, 13, 19, 24, 25},
    "IAM": {*range(1, 9), 21},
    "SSM": {1, 2, 3, 4, 6, 7},
    "Lambda": {1, 2, 5},
}


@pytest.fixture(scope="module")
def environments(shipped: Synthesized) -> list[Stack]:
    return read(shipped.output)


@pytest.fixture
def changed(environments: list[Stack]) -> Callable[..., list[Stack]]:
    """Return a function that returns the stacks with arguments of one resource changed."""

    def change(stack: str, address: str, **arguments: Any) -> list[Stack]:
        kind, name = address.split(".")
        contents = {one.name: copy.deepcopy(dict(one.content)) for one in environments}
        contents[stack]["resource"][kind][name] |= arguments
        return [Stack(name, content) for name, content in contents.items()]

    return change


def test_the_document_is_what_make_compliance_writes(environments: list[Stack]) -> None:
    assert compliance.DOCUMENT.read_text() == compliance.rendered(environments)


def test_every_control_of_the_standard_is_there_once() -> None:
    ids = [control_id for control in security_hub.FOUNDATIONAL for control_id in control.ids]
    assert sorted(ids) == sorted(
        f"{service}.{number}" for service, numbers in FOUNDATIONAL.items() for number in numbers
    )


def test_every_recommendation_of_the_benchmark_is_there_once() -> None:
    ids = [control_id for control in cis.RECOMMENDATIONS for control_id in control.ids]
    assert len(ids) == len(set(ids)) == 63


def test_a_value_is_read_from_the_json(changed: Callable[..., list[Stack]]) -> None:
    text = compliance.rendered(changed("prod-database", "aws_rds_cluster.aurora", backup_retention_period=21))
    (row,) = (line for line in text.splitlines() if line.startswith("| RDS.50 "))
    assert row.split(" | ")[3:7] == ["7", "7", "21", "satisfied |"]


@pytest.mark.parametrize(
    ("control", "stack", "address", "arguments"),
    [
        ("RDS.2", "prod-database", "aws_rds_cluster_instance.instance_2", {"publicly_accessible": True}),
        ("RDS.2", "prod-database", "aws_rds_cluster_instance.instance_2", {"publicly_accessible": None}),
        ("RDS.3, RDS.27", "dev-database", "aws_rds_cluster.aurora", {"storage_encrypted": False}),
        ("RDS.4", "prod-database", "aws_rds_cluster.aurora", {"kms_key_id": None}),
        ("RDS.6", "prod-database", "aws_rds_cluster_instance.instance_1", {"monitoring_interval": 0}),
        ("RDS.7", "prod-database", "aws_rds_cluster.aurora", {"deletion_protection": False}),
        ("RDS.9, RDS.37", "prod-database", "aws_rds_cluster.aurora", {"enabled_cloudwatch_logs_exports": ["instance"]}),
        ("RDS.15", "prod-database", "aws_rds_cluster_instance.instance_2", {"availability_zone": "eu-west-1a"}),
        ("RDS.24", "prod-database", "aws_rds_cluster.aurora", {"master_username": "postgres"}),
        ("RDS.38", "prod-database", "aws_rds_cluster_parameter_group.cluster", {"parameter": []}),
        ("RDS.50", "staging-database", "aws_rds_cluster.aurora", {"backup_retention_period": 6}),
        ("KMS.4", "dev-network", "aws_kms_key.flow_logs", {"enable_key_rotation": False}),
        (
            "KMS.5",
            "prod-database",
            "aws_kms_key.data",
            {"policy": '{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}}'},
        ),
        (
            "KMS.1, KMS.2",
            "prod-network",
            "aws_iam_role_policy.flow_logs",
            {"policy": '{"Statement": {"Effect": "Allow", "Action": ["kms:Decrypt"], "Resource": "*"}}'},
        ),
        (
            "IAM.1, IAM.21",
            "prod-network",
            "aws_iam_role_policy.flow_logs",
            {"policy": '{"Statement": {"Effect": "Allow", "Action": "logs:*", "Resource": "arn:aws:logs:::x"}}'},
        ),
        (
            "SecretsManager.4",
            "prod-database",
            "aws_secretsmanager_secret_rotation.master",
            {"rotation_rules": {"schedule_expression": "rate(91 days)"}},
        ),
        ("EC2.2", "prod-network", "aws_default_security_group.emptied", {"ingress": [{"from_port": 22}]}),
        ("EC2.15", "prod-network", "aws_subnet.private_a", {"map_public_ip_on_launch": True}),
        (
            "EC2.18, EC2.19",
            "prod-database",
            "aws_vpc_security_group_ingress_rule.from_cidr_private",
            {"cidr_ipv4": "0.0.0.0/0"},
        ),
        ("S3.2, S3.3, S3.8", "prod-state", "aws_s3_bucket_public_access_block.state", {"block_public_policy": False}),
        ("S3.5", "prod-state", "aws_s3_bucket_policy.state", {"policy": '{"Statement": []}'}),
        (
            "S3.14",
            "prod-state",
            "aws_s3_bucket_versioning.state",
            {"versioning_configuration": {"status": "Suspended"}},
        ),
        ("CloudWatch.16", "prod-database", "aws_cloudwatch_log_group.postgresql", {"retention_in_days": 180}),
    ],
)
def test_a_deviation_needs_a_reason(
    control: str, stack: str, address: str, arguments: dict[str, Any], changed: Callable[..., list[Stack]]
) -> None:
    with pytest.raises(compliance.UnexplainedError) as error:
        compliance.rendered(changed(stack, address, **arguments))
    environment = stack.split("-", maxsplit=1)[0]
    assert any(line.startswith(f"{control}: {environment} has ") for line in str(error.value).splitlines())


def test_a_reason_needs_a_deviation(changed: Callable[..., list[Stack]]) -> None:
    with pytest.raises(compliance.UnexplainedError, match=r"RDS\.7: staging does not deviate: take the reason out"):
        compliance.rendered(changed("staging-database", "aws_rds_cluster.aurora", deletion_protection=True))
