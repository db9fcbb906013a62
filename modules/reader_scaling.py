"""Readers that Application Auto Scaling adds and takes away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from cdktf_cdktf_provider_aws.appautoscaling_policy import (
    AppautoscalingPolicy,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration,
    AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification,
)
from cdktf_cdktf_provider_aws.appautoscaling_scheduled_action import (
    AppautoscalingScheduledAction,
    AppautoscalingScheduledActionScalableTargetAction,
)
from cdktf_cdktf_provider_aws.appautoscaling_target import AppautoscalingTarget

from modules.module import Module, logical

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cdktf import ITerraformDependable
    from constructs import Construct

    from settings.growth import Readers

NAMESPACE: Final = "rds"

DIMENSION: Final = "rds:cluster:ReadReplicaCount"

CPU: Final = "RDSReaderAverageCPUUtilization"

CONNECTIONS: Final = "RDSReaderAverageDatabaseConnections"
"""The two metrics that Aurora scales by (Aurora User Guide, "Amazon Aurora Auto Scaling with Aurora Replicas")."""


class ReaderScaling(Module):
    """The scalable target ``readers``, a policy that tracks one metric, and a scheduled action for each name.

    What it adds is in no state. Destroying the target leaves those readers, so the cluster cannot be destroyed
    while there are some: lower ``maximum`` to the file's own readers first, which takes them away.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        cluster_identifier: str,
        name: str,
        readers: Readers,
        ready: Sequence[ITerraformDependable],
    ) -> None:
        """Scale the cluster's readers; ``ready`` are the instances without which there is nothing to measure."""
        super().__init__(scope, "reader_scaling")
        self.target = self.add(
            AppautoscalingTarget,
            "readers",
            service_namespace=NAMESPACE,
            scalable_dimension=DIMENSION,
            resource_id=f"cluster:{cluster_identifier}",
            min_capacity=readers.minimum,
            max_capacity=readers.maximum,
            depends_on=list(ready),
        )
        resource_id = self.target.resource_id
        self.policy = self.add(
            AppautoscalingPolicy,
            "readers",
            name=name,
            policy_type="TargetTrackingScaling",
            service_namespace=NAMESPACE,
            scalable_dimension=DIMENSION,
            resource_id=resource_id,
            target_tracking_scaling_policy_configuration=AppautoscalingPolicyTargetTrackingScalingPolicyConfiguration(
                predefined_metric_specification=AppautoscalingPolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecification(
                    predefined_metric_type=CPU if readers.cpu_percent is not None else CONNECTIONS
                ),
                target_value=readers.cpu_percent if readers.cpu_percent is not None else readers.connections or 0,
                scale_in_cooldown=readers.scale_in_cooldown_seconds,
                scale_out_cooldown=readers.scale_out_cooldown_seconds,
            ),
        )
        self.schedule = {
            key: self.add(
                AppautoscalingScheduledAction,
                logical("readers", key),
                name=f"{name}-{key}",
                service_namespace=NAMESPACE,
                scalable_dimension=DIMENSION,
                resource_id=resource_id,
                schedule=f"cron({at.cron})",
                timezone=at.time_zone,
                scalable_target_action=AppautoscalingScheduledActionScalableTargetAction(
                    min_capacity=str(at.minimum), max_capacity=str(at.maximum)
                ),
            )
            for key, at in readers.schedule.items()
        }
