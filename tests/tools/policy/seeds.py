"""Stacks with something wrong on purpose, and what the scanner has to say of each."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tools.policy.stacks import Stack

TRUST = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}


@dataclass(frozen=True)
class Seed:
    """A resource with a bad policy."""

    address: str
    arguments: dict[str, Any]
    checks: frozenset[str]
    """Checks that have to fail on it."""
    unseen: frozenset[str]
    """Those of them that the scanner misses when it reads cdk.tf.json itself."""


def document(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [*statements]})


def _everyone(action: str) -> str:
    return document({"Effect": "Allow", "Principal": "*", "Action": action, "Resource": "*"})


def _inline(*actions: str) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": [*actions], "Resource": "*"}
    return {"name": "seed", "role": "${aws_iam_role.seed.name}", "policy": document(statement)}


def _seed(address: str, arguments: dict[str, Any], *unseen: str, seen: tuple[str, ...] = ()) -> Seed:
    return Seed(address, arguments, frozenset((*unseen, *seen)), frozenset(unseen))


SEEDS = {
    "key-for-everyone": _seed(
        "aws_kms_key.seed", {"enable_key_rotation": True, "policy": _everyone("kms:*")}, "CKV_AWS_33"
    ),
    "key-for-every-account": _seed(
        "aws_kms_key.seed",
        {"policy": document({"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:*", "Resource": "*"})},
        "CKV_AWS_33",
    ),
    "topic-for-everyone": _seed(
        "aws_sns_topic_policy.seed", {"arn": "arn:aws:sns:eu-west-1:1:t", "policy": _everyone("sns:*")}, "CKV_AWS_169"
    ),
    "queue-for-everyone": _seed(
        "aws_sqs_queue_policy.seed", {"queue_url": "q", "policy": _everyone("sqs:*")}, "CKV_AWS_168", "CKV_AWS_387"
    ),
    "bucket-for-everyone": _seed(
        "aws_s3_bucket_policy.seed", {"bucket": "b", "policy": _everyone("s3:GetObject")}, seen=("CKV_AWS_70",)
    ),
    "role-for-everyone": _seed(
        "aws_iam_role.seed",
        {"assume_role_policy": document(TRUST | {"Principal": {"AWS": "*"}})},
        seen=("CKV_AWS_60",),
    ),
    "everything-allowed": _seed(
        "aws_iam_role_policy.seed", _inline("*"), "CKV_AWS_286", "CKV_AWS_355", seen=("CKV_AWS_62", "CKV_AWS_63")
    ),
    "privilege-escalation": _seed(
        "aws_iam_role_policy.seed",
        _inline("iam:PassRole", "iam:CreatePolicyVersion", "ec2:RunInstances"),
        *("CKV_AWS_286", "CKV_AWS_289", "CKV_AWS_290", "CKV_AWS_355"),
    ),
    "credentials-exposed": _seed(
        "aws_iam_role_policy.seed", _inline("iam:CreateAccessKey", "sts:AssumeRole"), "CKV_AWS_287", "CKV_AWS_355"
    ),
    "secrets-readable": _seed(
        "aws_iam_role_policy.seed",
        _inline("s3:GetObject", "ssm:GetParameter", "secretsmanager:GetSecretValue"),
        *("CKV_AWS_288", "CKV_AWS_355"),
    ),
    "any-database-deletable": _seed(
        "aws_iam_role_policy.seed", _inline("rds:DeleteDBCluster", "rds:ModifyDBCluster"), "CKV_AWS_290", "CKV_AWS_355"
    ),
}


def stack(name: str) -> Stack:
    """Return a production stack that holds the seed, and the role that it may be for."""
    seed = SEEDS[name]
    kind, local = seed.address.split(".")
    return Stack(
        name,
        {
            "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}},
            "provider": {"aws": [{"default_tags": [{"tags": {"environment": "seed", "tier": "production"}}]}]},
            "resource": {"aws_iam_role": {"seed": {"assume_role_policy": document(TRUST)}}}
            | {kind: {local: seed.arguments}},
        },
    )
