"""The recommendations of the CIS AWS Foundations Benchmark 5.0.0 for what the stacks create.

Source: Prowler 5.46.0 (Apache-2.0, 2026-11), which lists all 63; read on 2026-11-22. Where AWS Security Hub asks for
the same, what is looked at there is looked at here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tools.policy.controls import Control, no_end
from tools.policy.security_hub import FOUNDATIONAL, NO_HOST, OF_THE_ACCOUNT, OTHER


def _as(security_hub: str, *ids: str, asks: str = "") -> Control:
    (control,) = (control for control in (*FOUNDATIONAL, *OTHER) if security_hub in control.ids)
    return replace(control, ids=ids, asks=asks or control.asks)


RECOMMENDATIONS: Final = (
    Control(
        ids=tuple(f"1.{number}" for number in (*range(1, 15), *range(16, 22))),
        asks="Contacts, users, the root user and access analysis of the account",
        not_applicable=OF_THE_ACCOUNT,
    ),
    Control(
        ids=("1.15",),
        asks="No administrator's policy is attached to a role",
        address="aws_iam_role_policy_attachment.*",
        attribute="policy_arn",
        condition=no_end("/AdministratorAccess", "/IAMFullAccess"),
    ),
    _as("S3.5", "2.1.1"),
    _as("S3.20", "2.1.2"),
    Control(
        ids=("2.1.3",),
        asks="What is in a bucket is classified",
        not_applicable="The only bucket holds Terraform states; Macie, which would look into it, is of the account.",
    ),
    _as("S3.2", "2.1.4"),
    _as("RDS.3", "2.2.1"),
    _as("RDS.13", "2.2.2"),
    _as("RDS.2", "2.2.3"),
    _as("RDS.15", "2.2.4"),
    Control(ids=("2.3.1",), asks="File systems are encrypted", not_applicable="No EFS file system is created."),
    Control(
        ids=("3.1", "3.2", "3.3", "3.4", "3.5", "3.8", "3.9"),
        asks="CloudTrail and AWS Config record what is done in the account",
        not_applicable=OF_THE_ACCOUNT,
    ),
    _as("KMS.4", "3.6"),
    _as("EC2.6", "3.7"),
    Control(
        ids=tuple(f"4.{number}" for number in range(1, 17)),
        asks="Alarms on what CloudTrail records, and Security Hub",
        not_applicable=OF_THE_ACCOUNT,
    ),
    Control(ids=("5.1.1", "5.1.2", "5.7"), asks="Volumes, file shares and metadata of hosts", not_applicable=NO_HOST),
    _as("EC2.21", "5.2"),
    _as("EC2.13", "5.3", "5.4"),
    _as("EC2.2", "5.5"),
    Control(ids=("5.6",), asks="Routes to peered VPCs are narrow", not_applicable="No VPC peering is created."),
)
"""Every recommendation of the benchmark."""
