"""The Aurora PostgreSQL cluster; its instances are ``modules.aurora_instances``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cdktf import DataResource, TerraformResourceLifecycle
from cdktf_cdktf_provider_aws.db_subnet_group import DbSubnetGroup
from cdktf_cdktf_provider_aws.rds_cluster import (
    RdsCluster,
    RdsClusterRestoreToPointInTime,
    RdsClusterServerlessv2ScalingConfiguration,
)

from modules.module import Module
from modules.taken_over import description_left_alone

if TYPE_CHECKING:
    from collections.abc import Mapping

    from constructs import Construct

    from modules.aurora_inputs import (
        Backup,
        Changes,
        Engine,
        FirstDatabase,
        Network,
        Observation,
        Origin,
        Protection,
        Storage,
    )
    from settings.model import Capacity

ENGINE = "aurora-postgresql"

STORAGE_TYPES: Mapping[str, str] = {"standard": "aurora", "io_optimized": "aurora-iopt1"}
"""Always a literal: going back to an absent value is not detected (hashicorp/terraform-provider-aws#41825)."""

NETWORK_TYPES: Mapping[str, str] = {"ipv4": "IPV4", "dual": "DUAL"}
"""Left out, the provider leaves a running cluster's as it is (hashicorp/aws 5.100.0: computed)."""

DEFAULT_PAUSE_SECONDS = 300
"""AWS's default, written out so that the plan shows it (Aurora User Guide, automatic pause and resume)."""


class AuroraCluster(Module):
    """The cluster ``aurora``, its subnet group, and what names its final snapshot.

    Never set: ``availability_zones`` (fewer than Aurora's three replaces the cluster on every plan,
    hashicorp/terraform-provider-aws#29149), a password.
    """

    def __init__(
        self,
        scope: Construct,
        *,
        identifier: str,
        engine: Engine,
        database: FirstDatabase,
        network: Network,
        storage: Storage,
        capacity: Capacity | None,
        backup: Backup,
        observation: Observation,
        changes: Changes,
        data_api: bool,
        protection: Protection,
        origin: Origin | None = None,
    ) -> None:
        super().__init__(scope, "aurora_cluster")
        insights, enhanced = observation.insights, observation.enhanced
        group = network.subnet_group
        self.subnet_group = (
            self.add(
                DbSubnetGroup,
                "database",
                name=group.name,
                description="Aurora PostgreSQL",
                subnet_ids=list(group.subnet_ids),
                lifecycle=description_left_alone(described=group.described),
            )
            if group.subnet_ids is not None
            else None
        )
        self.incarnation = self.add(
            DataResource,
            "incarnation",
            # What replaces the cluster replaces this, and so names the next final snapshot anew.
            triggers_replace={
                "identifier": identifier,
                "database_name": database.name or "",
                "master_username": database.master_username,
                "data_key_arn": storage.key_arn,
            }
            | ({"refresh": origin.refresh} if origin and origin.refresh else {}),
        )
        self.cluster = self.add(
            RdsCluster,
            "aurora",
            cluster_identifier=identifier,
            engine=ENGINE,
            engine_version=engine.version,
            engine_mode="provisioned",
            engine_lifecycle_support="open-source-rds-extended-support-disabled",
            allow_major_version_upgrade=changes.major_upgrade or None,
            db_cluster_parameter_group_name=engine.cluster_parameter_group,
            # Only valid together with a major upgrade (Amazon RDS API Reference, ModifyDBCluster).
            db_instance_parameter_group_name=engine.instance_parameter_group if changes.major_upgrade else None,
            # A restored cluster has its source's, and another name or user would replace it.
            database_name=None if origin else database.name,
            port=network.port,
            master_username=None if origin else database.master_username,
            snapshot_identifier=origin.snapshot if origin else None,
            restore_to_point_in_time=_point_in_time(origin) if origin else None,
            # False would be sent too: of a password that is kept elsewhere nothing at all is said.
            manage_master_user_password=True if database.secret_key_arn else None,
            master_user_secret_kms_key_id=database.secret_key_arn,
            iam_database_authentication_enabled=True,
            enable_http_endpoint=data_api or None,
            db_subnet_group_name=self.subnet_group.name if self.subnet_group else group.name,
            vpc_security_group_ids=list(network.security_group_ids),
            network_type=NETWORK_TYPES[network.ip] if network.ip else None,
            storage_type=STORAGE_TYPES[storage.kind],
            storage_encrypted=True,
            kms_key_id=storage.key_arn,
            serverlessv2_scaling_configuration=_scaling(capacity),
            enabled_cloudwatch_logs_exports=list(observation.log_exports),
            database_insights_mode=insights.mode,
            performance_insights_enabled=True,
            performance_insights_kms_key_id=observation.insights_key_arn,
            performance_insights_retention_period=insights.retention_days,
            # Alike on the cluster and its instances in either mode: left out, the cluster would keep the interval and
            # the role that it once had with the advanced one.
            monitoring_interval=enhanced.interval_seconds,
            monitoring_role_arn=enhanced.role_arn,
            backup_retention_period=backup.retention_days,
            preferred_backup_window=backup.window,
            preferred_maintenance_window=changes.window,
            copy_tags_to_snapshot=True,
            delete_automated_backups=not protection.leaves_backups,
            deletion_protection=protection.refuses_deletion,
            skip_final_snapshot=not backup.final_snapshot,
            # A new name for each cluster that ever lived, stable in between (cloudposse/terraform-aws-rds-cluster#129).
            final_snapshot_identifier=f"{identifier}-final-{self.incarnation.id}" if backup.final_snapshot else None,
            apply_immediately=changes.immediately,
            depends_on=[*observation.logs_ready, *enhanced.ready],
            lifecycle=TerraformResourceLifecycle(
                prevent_destroy=True if protection.refuses_deletion else None,
                ignore_changes=_left_alone(engine, changes, capacity),
                replace_triggered_by=["terraform_data.incarnation"] if origin and origin.refresh else None,
            ),
        )


def _left_alone(engine: Engine, changes: Changes, capacity: Capacity | None) -> list[str]:
    """Return the arguments that a running cluster keeps, whatever is said here.

    The provider sends an argument when it changes; what it sends in these cases AWS refuses or takes for something
    else (hashicorp/aws 5.100.0, requests read at an emulator).
    """
    # Cannot be changed after creation: the provider reports success and nothing happens (#44552).
    kept = ["engine_lifecycle_support"]
    # What it was made of counts at creation only; a changed or removed origin would replace it.
    kept += ["restore_to_point_in_time", "snapshot_identifier"]
    if not changes.major_upgrade:
        # Taken out after an upgrade, an empty name would be sent.
        kept.append("db_instance_parameter_group_name")
    if not engine.moves:
        # AWS upgrades by itself; every later change would ask for the old version again (#45026, #48936).
        kept.append("engine_version")
    if capacity is None:
        # Taken out with the last serverless instance, a capacity of 0 would be sent, which pauses.
        kept.append("serverlessv2_scaling_configuration")
    return kept


def _point_in_time(origin: Origin) -> RdsClusterRestoreToPointInTime | None:
    if origin.snapshot:
        return None
    return RdsClusterRestoreToPointInTime(
        source_cluster_identifier=origin.source_identifier,
        source_cluster_resource_id=origin.source_resource_id,
        restore_type="copy-on-write" if origin.copy_on_write else "full-copy",
        restore_to_time=origin.time,
        use_latest_restorable_time=None if origin.time else True,
    )


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
