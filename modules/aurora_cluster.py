"""The Aurora PostgreSQL cluster and its instances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cdktf import DataResource, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.db_subnet_group import DbSubnetGroup
from cdktf_cdktf_provider_aws.rds_cluster import RdsCluster, RdsClusterServerlessv2ScalingConfiguration
from cdktf_cdktf_provider_aws.rds_cluster_instance import RdsClusterInstance

from modules.module import Module, logical

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from cdktf import ITerraformDependable
    from constructs import Construct

    from settings.model import Capacity
    from settings.topology import PlacedInstance

ENGINE = "aurora-postgresql"

STORAGE_TYPES: Mapping[str, str] = {"standard": "aurora", "io_optimized": "aurora-iopt1"}
"""Always a literal: going back to an absent value is not detected (hashicorp/terraform-provider-aws#41825)."""


DEFAULT_PAUSE_SECONDS = 300
"""AWS's default, written out so that the plan shows it (Aurora User Guide, automatic pause and resume)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Insights:
    """What a mode of Database Insights needs set alike on the cluster and on every instance."""

    mode: str
    retention_days: int
    monitors_cluster: bool
    """Whether Enhanced Monitoring has to be set on the cluster too."""


INSIGHTS: Mapping[str, Insights] = {
    "standard": Insights(mode="standard", retention_days=7, monitors_cluster=False),
    "advanced": Insights(mode="advanced", retention_days=465, monitors_cluster=True),
}
"""Retention of 465 days is what advanced needs (Amazon RDS API Reference, CreateDBCluster)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnhancedMonitoring:
    """Interval and role of Enhanced Monitoring."""

    interval_seconds: int
    role_arn: str | None
    ready: Sequence[ITerraformDependable]
    """What has to exist before RDS can assume the role."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Version, how it moves, and the parameter groups that go with it."""

    version: str
    automatic_minor_upgrades: bool
    allow_major_upgrade: bool
    cluster_parameter_group: str
    instance_parameter_group: str


class AuroraCluster(Module):
    """The cluster ``aurora`` and one resource per instance key, ``instance_<key>``.

    Never set: ``availability_zones`` (fewer than Aurora's three replaces the cluster on every plan,
    hashicorp/terraform-provider-aws#29149), an instance's ``engine_version`` (inconsistent plans during
    upgrades, #29861), a password. Instances refer to the cluster's ``id``, so that they follow if it is
    ever replaced (#25714).
    """

    def __init__(
        self,
        scope: Construct,
        *,
        identifier: str,
        instance_identifier: Callable[[str], str],
        engine: Engine,
        database_name: str,
        master_username: str,
        port: int,
        storage: str,
        capacity: Capacity | None,
        instances: Sequence[PlacedInstance],
        subnet_ids: Sequence[str],
        security_group_id: str,
        data_key_arn: str,
        secrets_key_arn: str,
        log_exports: Sequence[str],
        logs_ready: Sequence[ITerraformDependable],
        monitoring: EnhancedMonitoring,
        insights: str,
        ca_certificate: str,
        backup_retention_days: int,
        backup_window: str,
        maintenance_window: str,
        apply_immediately: bool,
        protected: bool,
    ) -> None:
        super().__init__(scope, "aurora_cluster")
        chosen = INSIGHTS[insights]
        self.subnet_group = self.add(
            DbSubnetGroup,
            "database",
            name=identifier,
            description="Aurora PostgreSQL",
            subnet_ids=list(subnet_ids),
        )
        self.incarnation = self.add(
            DataResource,
            "incarnation",
            # What replaces the cluster replaces this, and so names the next final snapshot anew.
            triggers_replace={
                "identifier": identifier,
                "database_name": database_name,
                "master_username": master_username,
                "data_key_arn": data_key_arn,
            },
        )
        upgrading = engine.allow_major_upgrade
        self.cluster = self.add(
            RdsCluster,
            "aurora",
            cluster_identifier=identifier,
            engine=ENGINE,
            engine_version=engine.version,
            engine_mode="provisioned",
            engine_lifecycle_support="open-source-rds-extended-support-disabled",
            allow_major_version_upgrade=upgrading or None,
            db_cluster_parameter_group_name=engine.cluster_parameter_group,
            # Only valid together with a major upgrade (Amazon RDS API Reference, ModifyDBCluster).
            db_instance_parameter_group_name=engine.instance_parameter_group if upgrading else None,
            database_name=database_name,
            port=port,
            master_username=master_username,
            manage_master_user_password=True,
            master_user_secret_kms_key_id=secrets_key_arn,
            iam_database_authentication_enabled=True,
            db_subnet_group_name=self.subnet_group.name,
            vpc_security_group_ids=[security_group_id],
            storage_type=STORAGE_TYPES[storage],
            storage_encrypted=True,
            kms_key_id=data_key_arn,
            serverlessv2_scaling_configuration=_scaling(capacity),
            enabled_cloudwatch_logs_exports=list(log_exports),
            database_insights_mode=chosen.mode,
            performance_insights_enabled=True,
            performance_insights_kms_key_id=data_key_arn,
            performance_insights_retention_period=chosen.retention_days,
            monitoring_interval=monitoring.interval_seconds if chosen.monitors_cluster else None,
            monitoring_role_arn=monitoring.role_arn if chosen.monitors_cluster else None,
            backup_retention_period=backup_retention_days,
            preferred_backup_window=backup_window,
            preferred_maintenance_window=maintenance_window,
            copy_tags_to_snapshot=True,
            delete_automated_backups=not protected,
            deletion_protection=protected,
            skip_final_snapshot=not protected,
            # A new name for each cluster that ever lived, stable in between (cloudposse/terraform-aws-rds-cluster#129).
            final_snapshot_identifier=f"{identifier}-final-{self.incarnation.id}" if protected else None,
            apply_immediately=apply_immediately or upgrading,
            depends_on=[*logs_ready, *(monitoring.ready if chosen.monitors_cluster else ())],
            lifecycle=TerraformResourceLifecycle(
                prevent_destroy=True if protected else None,
                # Cannot be changed after creation: the provider reports success and nothing happens (#44552).
                ignore_changes=["engine_lifecycle_support"],
            ),
        )
        cluster_id = self.cluster.id
        self.instances = {
            placed.key: self.add(
                RdsClusterInstance,
                logical("instance", placed.key),
                identifier=instance_identifier(placed.key),
                cluster_identifier=cluster_id,
                engine=ENGINE,
                instance_class=placed.instance_class,
                availability_zone=placed.zone,
                promotion_tier=placed.promotion_tier,
                db_parameter_group_name=engine.instance_parameter_group,
                auto_minor_version_upgrade=engine.automatic_minor_upgrades,
                ca_cert_identifier=ca_certificate,
                # Left out, the provider computes it from the subnets (hashicorp/terraform-provider-aws#39618).
                publicly_accessible=False,
                monitoring_interval=monitoring.interval_seconds,
                monitoring_role_arn=monitoring.role_arn,
                performance_insights_enabled=True,
                performance_insights_kms_key_id=data_key_arn,
                performance_insights_retention_period=chosen.retention_days,
                preferred_maintenance_window=placed.maintenance_window,
                copy_tags_to_snapshot=True,
                apply_immediately=apply_immediately or upgrading,
                depends_on=list(monitoring.ready) or None,
                lifecycle=TerraformResourceLifecycle(prevent_destroy=True) if protected else None,
            )
            for placed in instances
        }


def _scaling(capacity: Capacity | None) -> RdsClusterServerlessv2ScalingConfiguration | None:
    if capacity is None:
        return None
    return RdsClusterServerlessv2ScalingConfiguration(
        min_capacity=capacity.minimum,
        max_capacity=capacity.maximum,
        # Only a cluster that may pause has it; otherwise AWS reports none and the plan never settles (#40473).
        seconds_until_auto_pause=(capacity.pause_after_seconds or DEFAULT_PAUSE_SECONDS)
        if capacity.minimum == 0
        else None,
    )
