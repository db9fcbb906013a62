"""The Lambda function that consumers call, with its role and its alias."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy import IamRolePolicy
from cdktf_cdktf_provider_aws.lambda_alias import LambdaAlias
from cdktf_cdktf_provider_aws.lambda_function import (
    LambdaFunction,
    LambdaFunctionEnvironment,
    LambdaFunctionTracingConfig,
    LambdaFunctionVpcConfig,
)

from modules import policies
from modules.module import Module

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdktf import ITerraformDependable
    from constructs import Construct

HANDLER = "database_access.handler.handle"

RUNTIME = "python3.13"

ARCHITECTURE = "arm64"
"""The archive's compiled packages are for this runtime and architecture alone."""

ALIAS = "live"
"""What consumers call: it moves to a new version in one step, once that version is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one run and all runs together may take."""

    memory_mb: int
    timeout_seconds: int
    reserved_concurrency: int | None
    """Instances that are set aside for it; None leaves it to the account's quota."""


class AccessFunction(Module):
    """The function ``database_access``, published as a version on every change, and its alias ``live``.

    Its role has no managed policy: AWS's own for a function in a VPC allows every log group and lets the
    function's code make network interfaces.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        name: str,
        place: policies.Place,
        archive: str,
        archive_hash: str,
        statements: Sequence[policies.Statement],
        subnet_ids: Sequence[str],
        security_group_id: str,
        variables: Mapping[str, str],
        key_arn: str,
        limits: Limits,
        tracing: bool,
        ready: Sequence[ITerraformDependable],
    ) -> None:
        """Create the function; ``archive`` is seen from where Terraform runs, ``ready`` has to exist before a run."""
        super().__init__(scope, "access_function")
        self.role = self.add(
            IamRole,
            "function",
            name=name,
            description="Lambda function that reaches the database",
            assume_role_policy=policies.trust("lambda.amazonaws.com", place),
        )
        self.policy = self.add(
            IamRolePolicy,
            "function",
            name="reach-the-database",
            role=self.role.id,
            policy=policies.document(statements),
        )
        self.function = self.add(
            LambdaFunction,
            "database_access",
            function_name=name,
            description="Health, migrations, partitions and queries of the experimentation database",
            filename=archive,
            source_code_hash=archive_hash,
            handler=HANDLER,
            runtime=RUNTIME,
            architectures=[ARCHITECTURE],
            publish=True,
            role=self.role.arn,
            memory_size=limits.memory_mb,
            timeout=limits.timeout_seconds,
            reserved_concurrent_executions=limits.reserved_concurrency,
            kms_key_arn=key_arn,
            environment=LambdaFunctionEnvironment(variables=dict(variables)),
            tracing_config=LambdaFunctionTracingConfig(mode="Active" if tracing else "PassThrough"),
            vpc_config=LambdaFunctionVpcConfig(subnet_ids=list(subnet_ids), security_group_ids=[security_group_id]),
            # Without its policy Lambda could neither make nor remove the function's network interfaces.
            depends_on=[self.policy, *ready],
        )
        self.alias = self.add(
            LambdaAlias,
            ALIAS,
            name=ALIAS,
            description="What consumers call",
            function_name=self.function.function_name,
            function_version=self.function.version,
        )
