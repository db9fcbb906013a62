"""The policies of VPC endpoints: who may call what through them, so that none is a way out of an isolated network."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from modules import policies

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from modules.policies import Place, Statement

S3: Final = "s3"

AGENTS: Final = (
    # SSM Agent: documents, packages, patches (Systems Manager User Guide, SSM Agent communications with AWS managed S3
    # buckets; read November 2026).
    *("aws-ssm-{region}", "amazon-ssm-{region}", "amazon-ssm-packages-{region}", "aws-windows-downloads-{region}"),
    *("{region}-birdwatcher-prod", "aws-ssm-distributor-file-{region}", "aws-ssm-document-attachments-{region}"),
    *("patch-baseline-snapshot-{region}", "ssm-document-categories", "session-manager-downloads"),
    # Layers of container images (Amazon ECR User Guide, minimum Amazon S3 bucket permissions for Amazon ECR).
    "prod-{region}-starport-layer-bucket",
    # Packages of Amazon Linux 2 and 2023 (Amazon Linux 2023 User Guide, repositories in Amazon S3).
    *("amazonlinux-2-repos-{region}", "al2023-repos-{region}-de612dc2", "amazonlinux.{region}.amazonaws.com"),
    *("packages.{region}.amazonaws.com", "repo.{region}.amazonaws.com"),
    # The CloudWatch agent and CodeDeploy's (their guides, installation).
    *("amazoncloudwatch-agent-{region}", "amazoncloudwatch-agent", "aws-codedeploy-{region}"),
)
"""Buckets of AWS's that agents, package managers and container runtimes read, many of them without credentials.

All are in AWS's own list of resources that services own (aws-samples/data-perimeter-policy-examples,
``service_owned_resources.md``, of March 2026).
"""

ANSWERS: Final = ("cloudformation-waitcondition-{region}", "cloudformation-custom-resource-response-{short_region}")
"""Where CloudFormation wants the answers of custom resources and wait conditions, by an address that it signs
(CloudFormation User Guide, setting up VPC endpoints)."""

BY_SERVICES: Final = {"Bool": {"aws:PrincipalIsAWSService": "true"}}
"""Signed by one of AWS's services itself, rather than by a principal of an account."""

SHARED_BY_SYSTEMS_MANAGER: Final = ("parameter/aws/*", "document/*")
"""Public parameters and documents, which belong to no account: ``arn:aws:ssm:<region>::document/…``."""


def endpoint_policy(place: Place, service: str, trusted_accounts: Sequence[str]) -> str:
    """Return the policy of a service's endpoint: this account's principals, on this account's resources.

    Without a policy an endpoint takes anybody's credentials and reaches anybody's resources: whoever can run code in
    an isolated subnet copies the data into a bucket of theirs. ``trusted_accounts`` count like this account. What AWS
    itself owns is admitted for what its services document. A policy of an endpoint grants nothing: it only bounds what
    the principal's own policies allow (AWS PrivateLink Guide, endpoint policies; the pattern is that of "Building a
    data perimeter on AWS").
    """
    accounts = [place.account_id, *trusted_accounts]
    perimeter = {"aws:PrincipalAccount": accounts, "aws:ResourceAccount": accounts}
    return policies.document(
        [
            _anybody("OfThisAccount", ["*"], ["*"], {"StringEquals": perimeter}),
            _anybody(
                "ServicesOfAws",
                ["*"],
                ["*"],
                {**BY_SERVICES, "StringEquals": {"aws:ResourceAccount": accounts}},
            ),
            *OF_SERVICES.get(service, _nothing_more)(place, accounts),
        ]
    )


def _nothing_more(_: Place, __: Sequence[str]) -> list[Statement]:
    return []


def _of_s3(place: Place, _: Sequence[str]) -> list[Statement]:
    return [
        _anybody("ReadWhatAwsProvides", ["s3:GetObject"], _objects(place, AGENTS)),
        # What AWS's services sign addresses for, such as a function's package, is theirs to give.
        _anybody("ReadWhatAwsSigned", ["s3:GetObject"], ["*"], BY_SERVICES),
        _anybody("AnswerCloudFormation", ["s3:PutObject"], _objects(place, ANSWERS), BY_SERVICES),
    ]


def _objects(place: Place, buckets: Sequence[str]) -> list[str]:
    regions = {"region": place.region, "short_region": place.region.replace("-", "")}
    return [f"arn:{place.partition}:s3:::{bucket.format(**regions)}/*" for bucket in buckets]


def _of_ssm(place: Place, accounts: Sequence[str]) -> list[Statement]:
    """Public parameters and documents have no account, so no condition on it holds for them."""
    return [
        _anybody(
            "UseWhatSystemsManagerShares",
            [
                *("ssm:Describe*", "ssm:Get*", "ssm:List*"),
                *("ssm:CreateAssociation", "ssm:SendCommand", "ssm:StartAutomationExecution", "ssm:StartSession"),
            ],
            [
                *(f"arn:{place.partition}:ssm:{place.region}::{shared}" for shared in SHARED_BY_SYSTEMS_MANAGER),
                f"arn:{place.partition}:ssm:*::automation-definition/*",
            ],
            {"StringEquals": {"aws:PrincipalAccount": accounts}},
        )
    ]


def _of_sts(_: Place, accounts: Sequence[str]) -> list[Statement]:
    """Pods of EKS and others with a token of their own have no credentials yet, and so no account."""
    return [
        _anybody(
            "RolesByToken",
            ["sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity"],
            ["*"],
            {"StringEquals": {"aws:ResourceAccount": accounts}},
        )
    ]


OF_SERVICES: Final[Mapping[str, Callable[[Place, Sequence[str]], list[Statement]]]] = {
    S3: _of_s3,
    "ssm": _of_ssm,
    "sts": _of_sts,
}
"""What a service's endpoint admits besides, where its documents say that it is needed."""


def _anybody(
    sid: str, actions: Sequence[str], resources: Sequence[str], condition: Mapping[str, Any] | None = None
) -> Statement:
    statement: Statement = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": "*",
        "Action": list(actions),
        "Resource": list(resources),
    }
    return {**statement, "Condition": dict(condition)} if condition else statement
