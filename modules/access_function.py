"""A Lambda function of the archive, with a role of its own and the alias by which it is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

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

ACTIONS = "DATABASE_ACTIONS"
"""Variable by which a function of the archive knows what it may be asked for."""

HANDLER = "database_access.handler.handle"

RUNTIME = "python3.13"

ARCHITECTURE = "arm64"
"""The archive's compiled packages are for this runtime and architecture alone."""

ALIAS = "live"
"""What consumers call: it moves to a new version in one step, once that version is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What one of the two functions is for, and the addresses of its resources."""

    scope: str
    role: str
    function: str
    alias: str
    actions: tuple[str, ...]
    """What it can be asked for; whatever else the archive knows it refuses."""
    description: str
    policy: str


READING: Final = Part(
    scope="access_function",
    role="function",
    function="database_access",
    alias=ALIAS,
    actions=("health", "query", "upgrade-check"),
    description="Health and queries of the experimentation database",
    policy="reach-the-database",
)
"""For whoever wants to know. It was the only function once, so it has the older addresses, and its callers lost what
now needs the other one."""

OWNING: Final = Part(
    scope="owner_function",
    role="owner",
    function="database_owner",
    alias="live_owner",
    actions=("migrate", "partitions"),
    description="Migrations and partitions of the experimentation database",
    policy="own-the-schema",
)
"""For deployments and the daily schedule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one run and all runs together may take."""

    memory_mb: int
    timeout_seconds: int
    reserved_concurrency: int | None
    """Instances that are set aside for it; None leaves it to the account's quota."""


class AccessFunction(Module):
    """A function, published as a version on every change, and its alias ``live``.

    Its role has no managed policy: AWS's own for a function in a VPC allows every log group and lets the
    function's code make network interfaces.
    """

    def __init__(
        self,
        scope: Construct,
        part: Part,
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
        super().__init__(scope, part.scope)
        self.role = self.add(
            IamRole,
            part.role,
            name=name,
            description="Lambda function that reaches the database",
            assume_role_policy=policies.trust("lambda.amazonaws.com", place),
        )
        self.policy = self.add(
            IamRolePolicy,
            part.role,
            name=part.policy,
            role=self.role.id,
            policy=policies.document(statements),
        )
        self.function = self.add(
            LambdaFunction,
            part.function,
            function_name=name,
            description=part.description,
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
            environment=LambdaFunctionEnvironment(variables={**variables, ACTIONS: ",".join(part.actions)}),
            tracing_config=LambdaFunctionTracingConfig(mode="Active" if tracing else "PassThrough"),
            vpc_config=LambdaFunctionVpcConfig(subnet_ids=list(subnet_ids), security_group_ids=[security_group_id]),
            # Without its policy Lambda could neither make nor remove the function's network interfaces.
            depends_on=[self.policy, *ready],
        )
        self.alias = self.add(
            LambdaAlias,
            part.alias,
            name=ALIAS,
            description="What consumers call",
            function_name=self.function.function_name,
            function_version=self.function.version,
        )
