"""The instances of the Aurora cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.rds_cluster_instance import RdsClusterInstance

from modules.aurora_cluster import ENGINE
from modules.module import logical
from settings import topology

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from modules.aurora_cluster import AuroraCluster
    from modules.aurora_inputs import Changes, Engine, Network, Observation, Protection
    from settings.topology import PlacedInstance


class AuroraInstances:
    """One resource per instance key, ``instance_<key>``, in the construct of their cluster.

    Never set: ``engine_version`` (inconsistent plans during upgrades, hashicorp/terraform-provider-aws#29861).
    Instances refer to the cluster's ``id``, so that they follow if it is ever replaced (#25714).
    """

    def __init__(
        self,
        cluster: AuroraCluster,
        *,
        placed: Sequence[PlacedInstance],
        identifier: Callable[[str], str],
        engine: Engine,
        network: Network,
        observation: Observation,
        changes: Changes,
        protection: Protection,
    ) -> None:
        cluster_id = cluster.cluster.id
        enhanced = observation.enhanced
        # The first instance of a cluster becomes its writer: the one that a failover would choose, before its readers
        # (aws/aws-cdk#30260).
        in_order = topology.in_order_of_promotion(placed)
        self.instances: dict[str, RdsClusterInstance] = {}
        for instance in in_order:
            writer = self.instances.get(in_order[0].key)
            self.instances[instance.key] = cluster.add(
                RdsClusterInstance,
                logical("instance", instance.key),
                identifier=identifier(instance.key),
                cluster_identifier=cluster_id,
                engine=ENGINE,
                instance_class=instance.instance_class,
                availability_zone=instance.zone,
                promotion_tier=instance.promotion_tier,
                db_parameter_group_name=engine.instance_parameter_group,
                auto_minor_version_upgrade=engine.automatic_minor_upgrades,
                ca_cert_identifier=network.ca_certificate,
                # Left out, the provider computes it from the subnets (hashicorp/terraform-provider-aws#39618).
                publicly_accessible=False,
                monitoring_interval=enhanced.interval_seconds,
                monitoring_role_arn=enhanced.role_arn,
                performance_insights_enabled=True,
                performance_insights_kms_key_id=observation.insights_key_arn,
                performance_insights_retention_period=observation.insights.retention_days,
                preferred_maintenance_window=instance.maintenance_window,
                copy_tags_to_snapshot=True,
                apply_immediately=changes.immediately,
                depends_on=[*enhanced.ready, *([writer] if writer else [])] or None,
                lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protection.refuses_deletion else None,
            )
