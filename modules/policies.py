"""IAM and KMS policy documents as canonical JSON, so that the plan shows them whole and never differently."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

Statement: TypeAlias = dict[str, Any]

KEY_ADMINISTRATION = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:Describe*",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:Get*",
    "kms:List*",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
"""What the account may let its administrators do with a key; using it is not among them."""

KEY_USE = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")
"""Cryptographic use of a key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """The partition, region and account that policies name."""

    partition: str
    region: str
    account_id: str
    dns_suffix: str

    def arn(self, service: str, resource: str) -> str:
        """Return the ARN of a regional resource of this account."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"

    @property
    def root(self) -> str:
        """The account as a principal: whom its IAM policies allow."""
        return f"arn:{self.partition}:iam::{self.account_id}:root"

    def service(self, name: str) -> str:
        """Return a service as ``kms:ViaService`` names it."""
        return f"{name}.{self.region}.{self.dns_suffix}"


def document(statements: Sequence[Statement]) -> str:
    """Render a policy document; the same statements give the same text."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, sort_keys=True)


def administration(place: Place) -> Statement:
    """Let the account's IAM policies administer the key; without this a key can become unmanageable."""
    return {
        "Sid": "AccountAdministersKey",
        "Effect": "Allow",
        "Principal": {"AWS": place.root},
        "Action": list(KEY_ADMINISTRATION),
        "Resource": "*",
    }


def use_through(place: Place, *services: str) -> list[Statement]:
    """Let this account's principals use the key, but only through these services."""
    through: Statement = {
        "StringEquals": {
            "kms:CallerAccount": place.account_id,
            "kms:ViaService": [place.service(name) for name in services],
        }
    }
    return [
        {
            "Sid": "UseThroughServices",
            "Effect": "Allow",
            "Principal": {"AWS": place.root},
            "Action": list(KEY_USE),
            "Resource": "*",
            "Condition": through,
        },
        {
            "Sid": "GrantToServices",
            "Effect": "Allow",
            "Principal": {"AWS": place.root},
            "Action": ["kms:CreateGrant"],
            "Resource": "*",
            "Condition": {**through, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        },
    ]


def use_by_logs(place: Place, log_groups: Sequence[str]) -> Statement:
    """Let CloudWatch Logs use the key for exactly these log groups (CloudWatch Logs User Guide, encryption)."""
    return {
        "Sid": "LogGroupsUseKey",
        "Effect": "Allow",
        "Principal": {"Service": place.service("logs")},
        "Action": list(KEY_USE),
        "Resource": "*",
        "Condition": {
            "ArnEquals": {
                "kms:EncryptionContext:aws:logs:arn": [place.arn("logs", f"log-group:{name}") for name in log_groups]
            }
        },
    }


def trust(service: str, place: Place | None = None, source_arn: str | None = None) -> str:
    """Let a service assume a role, only on behalf of this account's own resources (confused deputy).

    How far it can be narrowed is the service's: not each of them says for which account or resource it acts. A role
    cannot be passed to a service in another account in any case.
    """
    statement: Statement = {
        "Sid": "ServiceAssumesRole",
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
    }
    if place:
        statement["Condition"] = {"StringEquals": {"aws:SourceAccount": place.account_id}}
    if source_arn:
        statement["Condition"]["ArnLike"] = {"aws:SourceArn": source_arn}
    return document([statement])
