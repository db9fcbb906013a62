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

    def role(self, name: str) -> str:
        """Return the ARN of a role of this account."""
        return f"arn:{self.partition}:iam::{self.account_id}:role/{name}"

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
    """Let this account's principals use the key, and services make grants for it, but only through these services."""
    return [use_without_grants_through(place, *services), _grant_through(place, *services)]


def use_without_grants_through(place: Place, *services: str) -> Statement:
    """Let this account's principals use the key through services that make no grants, such as S3."""
    return {
        "Sid": "UseThroughServices",
        "Effect": "Allow",
        "Principal": {"AWS": place.root},
        "Action": list(KEY_USE),
        "Resource": "*",
        "Condition": _through(place, services),
    }


def _grant_through(place: Place, *services: str) -> Statement:
    return {
        "Sid": "GrantToServices",
        "Effect": "Allow",
        "Principal": {"AWS": place.root},
        "Action": ["kms:CreateGrant"],
        "Resource": "*",
        "Condition": {**_through(place, services), "Bool": {"kms:GrantIsForAWSResource": "true"}},
    }


def _through(place: Place, services: Sequence[str]) -> Statement:
    return {
        "StringEquals": {
            "kms:CallerAccount": place.account_id,
            "kms:ViaService": [place.service(name) for name in services],
        }
    }


def use_by_role(role_arn: str, place: Place) -> list[Statement]:
    """Let a role of this account use the key, which services do in its name, and make grants for them.

    The role is named in a condition, for it may not exist yet (IAM User Guide, principals).
    """
    named = {"ArnEquals": {"aws:PrincipalArn": role_arn}}
    return [
        {
            "Sid": "RoleUsesKey",
            "Effect": "Allow",
            "Principal": {"AWS": place.root},
            "Action": list(KEY_USE),
            "Resource": "*",
            "Condition": named,
        },
        {
            "Sid": "RoleGrantsToServices",
            "Effect": "Allow",
            "Principal": {"AWS": place.root},
            "Action": ["kms:CreateGrant"],
            "Resource": "*",
            "Condition": {**named, "Bool": {"kms:GrantIsForAWSResource": "true"}},
        },
    ]


def use_by_account(place: Place, account_id: str) -> list[Statement]:
    """Let another account copy what the key encrypted (AWS Backup Developer Guide, copies between accounts)."""
    principal = {"AWS": f"arn:{place.partition}:iam::{account_id}:root"}
    return [
        {
            "Sid": "AccountOfCopiesUsesKey",
            "Effect": "Allow",
            "Principal": principal,
            "Action": list(KEY_USE),
            "Resource": "*",
        },
        {
            "Sid": "AccountOfCopiesGrantsToServices",
            "Effect": "Allow",
            "Principal": principal,
            "Action": ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
            "Resource": "*",
            "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}},
        },
    ]


def read_activity(place: Place) -> Statement:
    """Let the account's principals decrypt records of an activity stream, which names its cluster in the context.

    Whoever reads the stream does so with KMS itself, through no service (Aurora User Guide, processing an activity
    stream).
    """
    return {
        "Sid": "ReadActivity",
        "Effect": "Allow",
        "Principal": {"AWS": place.root},
        "Action": ["kms:Decrypt"],
        "Resource": "*",
        "Condition": {"Null": {"kms:EncryptionContext:aws:rds:dbc-id": "false"}},
    }


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


def send_by_rule(place: Place, rule: str, queue_arn: str) -> Statement:
    """Let EventBridge send to a queue what a rule could not hand over (EventBridge User Guide, dead-letter queues)."""
    return {
        "Sid": "RuleSends",
        "Effect": "Allow",
        "Principal": {"Service": "events.amazonaws.com"},
        "Action": ["sqs:SendMessage"],
        "Resource": queue_arn,
        "Condition": {
            "ArnEquals": {"aws:SourceArn": place.arn("events", f"rule/{rule}")},
            "StringEquals": {"aws:SourceAccount": place.account_id},
        },
    }


def refuse_plain_text(action: str, resource: str) -> Statement:
    """Refuse what does not come over TLS."""
    return {
        "Sid": "RefusePlainText",
        "Effect": "Deny",
        "Principal": "*",
        "Action": [action],
        "Resource": resource,
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def use_by_senders(senders: dict[str, str]) -> Statement:
    """Let services use the key for what they send to an encrypted topic, in the name of the resources of each.

    A sender encrypts with a data key that SNS asks for in its name (SNS Developer Guide, "Enable compatibility between
    event sources from AWS services and encrypted topics").
    """
    return {
        "Sid": "SendersUseKey",
        "Effect": "Allow",
        "Principal": {"Service": list(senders)},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
        "Condition": {"ArnLike": {"aws:SourceArn": list(senders.values())}},
    }


def publish(topic_arn: str, senders: dict[str, str]) -> list[Statement]:
    """Let each service send to the topic in the name of its own resources alone; nobody else can."""
    return [
        {
            "Sid": "".join(part.capitalize() for part in service.split(".")[:-2]) + "Sends",
            "Effect": "Allow",
            "Principal": {"Service": service},
            "Action": "sns:Publish",
            "Resource": topic_arn,
            "Condition": {"ArnLike": {"aws:SourceArn": source_arn}},
        }
        for service, source_arn in senders.items()
    ]


def trust(service: str, place: Place, *source_arns: str) -> str:
    """Let a service assume a role, only on behalf of this account, or of its resources with these ARNs.

    Without the condition another customer of the service could have it act with this role (IAM User Guide, the confused
    deputy problem). How far it can be narrowed is the service's: Enhanced Monitoring and flow logs say for which
    resource they act; Lambda takes the role on before the function exists whose ARN it would have to say.
    """
    condition: dict[str, dict[str, Any]] = {"StringEquals": {"aws:SourceAccount": place.account_id}}
    if source_arns:
        condition["ArnLike"] = {"aws:SourceArn": list(source_arns) if len(source_arns) > 1 else source_arns[0]}
    return document(
        [
            {
                "Sid": "ServiceAssumesRole",
                "Effect": "Allow",
                "Principal": {"Service": service},
                "Action": "sts:AssumeRole",
                "Condition": condition,
            }
        ]
    )
