"""Checks of the policy scanner that the stacks fail on purpose, each with the reason.

A waiver that nothing needs any more, or whose review is due, fails the policy run as a finding does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Final

from settings.tiers import TIERS

if TYPE_CHECKING:
    from tools.policy.scanner import Result
    from tools.policy.stacks import Stack


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """Lets resources fail one check."""

    check: str
    """The scanner's id of the check."""
    addresses: tuple[str, ...]
    """Addresses of the resources; ``*`` stands for an instance's key."""
    reason: str
    """Why this is better than what the check asks for, and what takes its place."""
    review: date
    """The last day on which the reason counts without being looked at again."""
    tiers: tuple[str, ...] = TIERS
    """Tiers of the environments in which it holds."""
    environment: str = "*"
    """The one environment in which it holds, where it is not every one of these tiers."""

    def covers(self, finding: Result, stack: Stack) -> bool:
        """Whether it waives this finding."""
        return (
            self.check == finding.check
            and stack.tier in self.tiers
            and fnmatchcase(stack.environment, self.environment)
            and any(fnmatchcase(finding.address, address) for address in self.addresses)
        )


REVIEW: Final = date(2027, 11, 22)

CONTRACT: Final = (
    "activity_stream",
    "ca_bundle_url",
    "cluster_arn",
    "cluster_resource_id",
    "endpoint_*",
    "engine_version",
    "name",
    "policies_connect_as_*",
    "policies_connect_migrator",
    "policies_connect_reader",
    "policies_connect_writer",
    "policies_data_api",
    "policies_invoke_access",
    "policies_invoke_owner",
    "policies_read_contract",
    "policies_read_secret",
    "port",
    "proxy_endpoint",
    "proxy_reader_endpoint",
    "query_enabled",
    "reader_endpoint",
    "secret_arn",
    "security_group_id",
    "ssl_mode",
    "writer_endpoint",
)

WAIVERS: Final = (
    Waiver(
        check="CKV2_AWS_34",
        addresses=tuple(f"aws_ssm_parameter.{name}" for name in CONTRACT),
        reason=(
            "The connection contract holds host names, a port, identifiers and switches, and no secret: the password "
            "is in Secrets Manager, under its own key, and only its ARN is here. SecureString would have every "
            "consumer need kms:Decrypt to learn a host name, and put a key's use between an application and its start."
        ),
        review=REVIEW,
    ),
    Waiver(
        check="CKV2_AWS_8",
        addresses=("aws_rds_cluster.aurora",),
        reason=(
            "Aurora's own continuous backup gives point-in-time recovery for the whole retention (7 days or more in "
            "production, up to 35), and a protected cluster leaves a final snapshot, too. What AWS Backup would add, a "
            "locked vault and copies in another account, belongs to the organisation, whose backup plan can select "
            "the cluster by its tags."
        ),
        review=REVIEW,
    ),
    Waiver(
        check="CKV_AWS_226",
        addresses=("aws_rds_cluster_instance.instance_*",),
        reason=(
            "An environment that names an exact version, such as 15.10, asks for exactly that one: minor upgrades "
            "come as a reviewed change of the file and are rehearsed in development and staging first. Automatic "
            "upgrades would leave the file behind, and the next plan would ask for a downgrade, which Aurora does not "
            "have. An environment that names a major, such as 15, has them switched on."
        ),
        review=REVIEW,
    ),
    Waiver(
        check="CKV_AWS_116",
        addresses=("aws_lambda_function.database_*",),
        reason=(
            "Consumers call the function and wait, so that they see an error themselves. Only the daily calls do not "
            "wait; Lambda repeats a failed one twice, the next day's does the same work, and what it has been is in "
            "the log. A queue would collect messages that nobody would send again."
        ),
        review=REVIEW,
    ),
    Waiver(
        check="CKV_AWS_115",
        addresses=("aws_lambda_function.database_*",),
        reason=(
            "What a function reserves it takes from the account, and an account that begins with 10 instances has none "
            "to give: the deployment would fail. An environment that wants a bound says access.reserved_concurrency; "
            "the function that migrates runs once a day and by deployments, one at a time."
        ),
        review=REVIEW,
    ),
    Waiver(
        check="CKV_AWS_272",
        addresses=("aws_lambda_function.database_*",),
        reason=(
            "Signing needs a profile and a bucket of the organisation. The archive is built from locked packages, and "
            "its checksum stands in the reviewed plan."
        ),
        review=REVIEW,
    ),
    Waiver(
        check="CKV_AWS_124",
        addresses=("aws_cloudformation_stack.proxy",),
        tiers=("production",),
        reason="Terraform makes every change of this stack, waits for it, and reports what fails.",
        review=REVIEW,
    ),
    Waiver(
        check="CKV2_AWS_5",
        addresses=("aws_security_group.proxy",),
        tiers=("production",),
        reason=(
            "The proxy has it, through a parameter of the CloudFormation template that creates the proxy, into which "
            "the scanner does not look."
        ),
        review=REVIEW,
    ),
    Waiver(
        check="CKV_AWS_144",
        addresses=("aws_s3_bucket.state",),
        tiers=("staging", "production"),
        reason=(
            "The state describes resources of one region and is of no use while that region is down. Versioning keeps "
            "older states against mistakes, and a lost state can be imported anew."
        ),
        review=REVIEW,
    ),
    Waiver(
        check="CKV_AWS_18",
        addresses=("aws_s3_bucket.state",),
        tiers=("staging", "production"),
        reason=(
            "Server access logs would need a second bucket, which would want logging in turn, and arrive hours late. "
            "The account's CloudTrail, with data events switched on for the bucket, records who reads and writes "
            "states within minutes; the trail is the account's and not this project's."
        ),
        review=REVIEW,
    ),
    Waiver(
        check="CKV2_AWS_62",
        addresses=("aws_s3_bucket.state",),
        tiers=("staging", "production"),
        reason="Nothing waits for a state to change: deployments are started by people or a pipeline.",
        review=REVIEW,
    ),
    Waiver(
        check="CKV_AWS_139",
        addresses=("aws_rds_cluster.aurora",),
        tiers=("development", "staging"),
        reason=(
            "These environments are made to be taken down and made again with one command. Whatever is worth keeping "
            "says `protected: true`, which production does by default."
        ),
        review=REVIEW,
    ),
    Waiver(
        check="CKV_AWS_338",
        addresses=(
            "aws_cloudwatch_log_group.flow_logs",
            "aws_cloudwatch_log_group.function",
            "aws_cloudwatch_log_group.iam_db_auth_error",
            "aws_cloudwatch_log_group.instance",
            "aws_cloudwatch_log_group.owner",
            "aws_cloudwatch_log_group.postgresql",
        ),
        tiers=("development", "staging"),
        reason=(
            "A year of logs is for investigations of what happened to real data, which production keeps. Here logs are "
            "read while something is being developed or rehearsed, and cost by the gigabyte after that."
        ),
        review=REVIEW,
    ),
    Waiver(
        check="CKV_AWS_338",
        addresses=("aws_cloudwatch_log_group.instance",),
        tiers=("production",),
        environment="maximal",
        reason=(
            "An example that sets every key to something else than its default. The log of instance events tells the "
            "least of the three, and the other two are kept for years."
        ),
        review=REVIEW,
    ),
)
"""The waivers, those of all environments first."""
