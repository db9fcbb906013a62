"""The base of every stack: backend, provider, tags and version constraints, in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags

from catalog import regions
from modules.policies import Place
from settings.state import LocalState
from stacks import backends

if TYPE_CHECKING:
    from cdktf import TerraformRemoteState
    from constructs import Construct

    from settings.loader import Loaded
    from settings.state import State

REQUIRED_TERRAFORM = ">= 1.11.0"
"""First release in which S3's own lock is stable (Terraform changelog, 1.11.0)."""

REQUIRED_AWS_PROVIDER = ">= 5.100.0, < 7.0.0"
"""Everything synthesized is known to both majors; tests hold it against each one's schema."""


class EnvironmentStack(TerraformStack):
    """One Terraform state of one environment."""

    def __init__(self, scope: Construct, *, kind: str, loaded: Loaded, state: State | None = None) -> None:
        """Set up the stack; ``state`` is where this stack's state lives if not where the others' does."""
        super().__init__(scope, loaded.names.stack(kind))
        environment = loaded.environment
        self.loaded = loaded
        region = regions.find(environment.aws.region)
        if region is None:
            raise ValueError(environment.aws.region)
        self.place = Place(
            partition=region.partition,
            region=region.name,
            account_id=environment.aws.account_id,
            dns_suffix=region.dns_suffix,
        )
        backends.declare(self, state or environment.state, loaded.names.state_key(kind))
        AwsProvider(
            self,
            "aws",
            region=environment.aws.region,
            allowed_account_ids=[environment.aws.account_id],
            default_tags=[
                AwsProviderDefaultTags(
                    tags={
                        **environment.tags,
                        "project": environment.project,
                        "environment": loaded.name,
                        "tier": environment.tier,
                        "stack": kind,
                        "managed-by": "terraform",
                    }
                )
            ],
        )
        self.add_override(
            "terraform",
            {
                "required_version": REQUIRED_TERRAFORM,
                # The bindings pin the one version they were generated from.
                "required_providers": {"aws": {"source": "hashicorp/aws", "version": REQUIRED_AWS_PROVIDER}},
            },
        )

    def outputs_of(self, upstream: EnvironmentStack, kind: str) -> TerraformRemoteState:
        """Return the outputs of another stack of this environment, deployed before this one."""
        self.add_dependency(upstream)
        return backends.remote_state(
            self, self.loaded.environment.state, self.loaded.names.state_key(kind), kind
        )


def own_state(loaded: Loaded) -> State:
    """Return where the state stack keeps its own state: a local file until it has been moved into the bucket."""
    state = loaded.environment.state
    return state if getattr(state, "migrated", False) else LocalState(backend="local")
