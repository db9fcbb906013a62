"""The base of every stack: backend, provider, tags and version constraints, in one place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformStack
from cdktf_cdktf_provider_aws.provider import AwsProvider, AwsProviderDefaultTags, AwsProviderIgnoreTags

from catalog import regions
from modules.policies import Place
from settings import provider
from stacks import backends

if TYPE_CHECKING:
    from constructs import Construct

    from settings.alarms import Severity
    from settings.loaded import Loaded
    from settings.watching import Recipients
    from stacks.backends import Outputs

REQUIRED_TERRAFORM = ">= 1.11.0"
"""First release in which S3's own lock is stable (Terraform changelog, 1.11.0)."""


class EnvironmentStack(TerraformStack):
    """One Terraform state of one environment."""

    def __init__(self, scope: Construct, *, kind: str, loaded: Loaded) -> None:
        super().__init__(scope, loaded.names.stack(kind))
        environment = loaded.environment
        own, ignored = environment.own_tags, environment.ignore_tags
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
        backends.declare(self, loaded.state_of(kind), loaded.names.state_key(kind))
        self.tags = {
            **environment.tags,
            own.project: environment.project,
            own.environment: loaded.name,
            own.tier: environment.tier,
            own.stack: kind,
            own.managed_by: "terraform",
        }
        self.ignored_tags = (
            [AwsProviderIgnoreTags(keys=ignored.keys or None, key_prefixes=ignored.key_prefixes or None)]
            if ignored.keys or ignored.key_prefixes
            else None
        )
        self.provider_in("aws", environment.aws.region)
        self.add_override(
            "terraform",
            {
                "required_version": REQUIRED_TERRAFORM,
                # The bindings pin the one version they were generated from.
                "required_providers": {
                    "aws": {
                        "source": "hashicorp/aws",
                        "version": provider.constraint(environment, kind=kind.partition("-")[0]),
                    }
                },
            },
        )

    def provider_in(self, name: str, region: str, alias: str | None = None) -> AwsProvider:
        """Configure the AWS provider for a region: this account alone, with the tags of every resource."""
        return AwsProvider(
            self,
            name,
            alias=alias,
            region=region,
            allowed_account_ids=[self.loaded.environment.aws.account_id],
            default_tags=[AwsProviderDefaultTags(tags=self.tags)],
            ignore_tags=self.ignored_tags,
        )

    def outputs_of(self, upstream: EnvironmentStack, kind: str) -> Outputs:
        """Return the outputs of another stack of this environment, deployed before this one."""
        self.add_dependency(upstream)
        return backends.remote_state(
            self, self.loaded.state_of(kind), self.loaded.names.state_key(kind), kind.replace("-", "_")
        )

    def heard_by(self, severity: Severity) -> list[str]:
        """Return the topic of a severity for an alarm of another stack than the topic's: none where nobody watches.

        By its name, for the stack of the topic comes last; CloudWatch does not ask whether a topic is there.
        """
        watching = self.loaded.environment.monitoring
        if not watching.enabled:
            return []
        recipients: Recipients = getattr(watching.notify, severity)
        return [recipients.topic or self.place.arn("sns", self.loaded.names.topic(severity))]
