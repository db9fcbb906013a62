"""The role by which Enhanced Monitoring delivers operating system metrics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.iam_role import IamRole
from cdktf_cdktf_provider_aws.iam_role_policy_attachment import IamRolePolicyAttachment

from modules import policies
from modules.module import Module

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct


class MonitoringRole(Module):
    """A role that only this environment's instances can have Enhanced Monitoring assume."""

    def __init__(
        self, scope: Construct, *, name: str, place: policies.Place, instances: Sequence[str], cluster: str
    ) -> None:
        """Create the role for the instances whose identifiers match one of ``instances`` (with * as wild card).

        ``cluster`` is the identifier of the cluster, which is given the role too.
        """
        super().__init__(scope, "monitoring_role")
        # Taken out of the file, it goes once nothing is monitored by it any more.
        leaves_last = TerraformResourceLifecycle(create_before_destroy=True)
        self.policy_arn = f"arn:{place.partition}:iam::aws:policy/service-role/AmazonRDSEnhancedMonitoringRole"
        self.role = self.add(
            IamRole,
            "monitoring",
            name=name,
            description="Enhanced Monitoring of Aurora PostgreSQL",
            assume_role_policy=policies.trust(
                "monitoring.rds.amazonaws.com",
                place,
                *(place.arn("rds", f"db:{each}") for each in instances),
                place.arn("rds", f"cluster:{cluster}"),
            ),
            lifecycle=leaves_last,
        )
        self.attachment = self.add(
            IamRolePolicyAttachment,
            "monitoring",
            role=self.role.name,
            policy_arn=self.policy_arn,
            lifecycle=leaves_last,
        )
