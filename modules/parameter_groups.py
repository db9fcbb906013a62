"""The parameter groups of a cluster and of its instances."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf_cdktf_provider_aws.db_parameter_group import DbParameterGroup
from cdktf_cdktf_provider_aws.rds_cluster_parameter_group import (
    RdsClusterParameterGroup,
    RdsClusterParameterGroupParameter,
)

from modules.module import Module
from modules.taken_over import description_left_alone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from constructs import Construct

    from settings.parameters import Setting


class ParameterGroups(Module):
    """A cluster group with every parameter, and an empty instance group.

    AWS recommends cluster-level values so that instances do not diverge. The instance group exists from the
    start because attaching one later makes every value of it wait for a reboot. A new major version has a
    new family and so a new name: the new groups are created beside the old ones, which go once the cluster
    has left them (hashicorp/terraform-provider-aws#17357).
    """

    def __init__(
        self,
        scope: Construct,
        *,
        family: str,
        cluster_name: str,
        instance_name: str,
        cluster_settings: Sequence[Setting],
        described: tuple[bool, bool] = (True, True),
    ) -> None:
        """Create both; whether their descriptions are ours to give is said of the cluster's and the instances'."""
        super().__init__(scope, "parameter_groups")
        cluster_described, instance_described = described
        self.cluster = self.add(
            RdsClusterParameterGroup,
            "cluster",
            name=cluster_name,
            family=family,
            description="Aurora PostgreSQL cluster parameters",
            parameter=[
                RdsClusterParameterGroupParameter(
                    name=setting.name, value=_literal(setting.value), apply_method=setting.apply_method
                )
                for setting in cluster_settings
                if not setting.dropped
            ],
            lifecycle=description_left_alone(described=cluster_described, create_before_destroy=True),
        )
        self.instance = self.add(
            DbParameterGroup,
            "instance",
            name=instance_name,
            family=family,
            description="Aurora PostgreSQL instance parameters",
            lifecycle=description_left_alone(described=instance_described, create_before_destroy=True),
        )


def _literal(value: str) -> str:
    """Return the value as Terraform's templates have to spell it: AWS's formulas may have a dollar before a brace."""
    return value.replace("${", "$${").replace("%{", "%%{")
