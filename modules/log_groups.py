"""CloudWatch log groups with their own retention and key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.cloudwatch_log_group import CloudwatchLogGroup

from modules.module import Module, logical

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    from constructs import Construct


class LogGroups(Module):
    """One log group per log type, created before whatever writes to it.

    A service that finds no group creates one itself, unencrypted and never expiring, which Terraform then
    cannot create (hashicorp/terraform-provider-aws#5348). Kept groups survive a destroy from the first apply
    on (hashicorp/terraform-provider-aws#34996).
    """

    def __init__(
        self,
        scope: Construct,
        *,
        groups: Mapping[str, tuple[str, int]],
        key_arn: str,
        kept: bool,
        renamed: Container[str] = (),
    ) -> None:
        """Create the groups: by log type, the name and the days of retention.

        The group of a type in ``renamed`` goes when what wrote to it has another one.
        """
        super().__init__(scope, "log_groups")
        self.groups = {
            log_type: self.add(
                CloudwatchLogGroup,
                logical(log_type),
                name=name,
                retention_in_days=days,
                kms_key_id=key_arn,
                skip_destroy=kept,
                lifecycle=TerraformResourceLifecycle(create_before_destroy=True) if log_type in renamed else None,
            )
            for log_type, (name, days) in groups.items()
        }
