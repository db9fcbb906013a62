"""The rotation of the master user's secret, which RDS itself created."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.secretsmanager_secret_rotation import (
    SecretsmanagerSecretRotation,
    SecretsmanagerSecretRotationRotationRules,
)

from modules.module import Module

if TYPE_CHECKING:
    from cdktf_cdktf_provider_aws.rds_cluster import RdsCluster
    from constructs import Construct


class MasterSecret(Module):
    """The managed secret of the cluster, rotated on a schedule of ours rather than AWS's seven days.

    The cluster resource has no argument for it (hashicorp/terraform-provider-aws#37779). The schedule is a
    ``rate`` because that is what AWS stores and reports (#32405), and it does not rotate at once.
    """

    def __init__(self, scope: Construct, *, cluster: RdsCluster, rotation_days: int) -> None:
        super().__init__(scope, "master_secret")
        self.arn = cluster.master_user_secret.get(0).secret_arn
        self.rotation = self.add(
            SecretsmanagerSecretRotation,
            "master",
            secret_id=self.arn,
            rotate_immediately=False,
            rotation_rules=SecretsmanagerSecretRotationRotationRules(
                schedule_expression=f"rate({rotation_days} {'day' if rotation_days == 1 else 'days'})"
            ),
        )
