"""What the Aurora cluster and its instances are made from, one group for each concern."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cdktf import ITerraformDependable


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """Exact version, who moves it, and the parameter groups that go with it."""

    version: str
    moves: bool
    """Whether this deployment takes a running cluster to the version; without it only creation asks for it."""
    automatic_minor_upgrades: bool
    cluster_parameter_group: str
    instance_parameter_group: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstDatabase:
    """What is inside from the first minute: a database, and the master user with its managed secret."""

    name: str | None
    """None if the cluster was made without one."""
    master_username: str
    secret_key_arn: str | None
    """None if the password is kept elsewhere, and RDS is told nothing about it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a cluster is made of: a snapshot, or a source with either a time or its latest state."""

    snapshot: str | None
    source_identifier: str | None
    source_resource_id: str | None
    time: str | None
    copy_on_write: bool
    refresh: str | None
    """Another text makes the cluster anew."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SubnetGroup:
    """A DB subnet group by name, and the subnets of one that is to be made; another name replaces the cluster."""

    name: str
    subnet_ids: Sequence[str] | None
    """None if the group exists and is somebody else's."""
    described: bool
    """Whether its description is ours to give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """Where the database stands and listens, and which authority signs its certificates."""

    subnet_group: SubnetGroup
    security_group_ids: Sequence[str]
    port: int
    ca_certificate: str
    ip: str | None
    """Protocols, a key of ``aurora_cluster.NETWORK_TYPES``; None leaves them as they are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """How storage is paid for, a key of ``aurora_cluster.STORAGE_TYPES``, and the key that encrypts it."""

    kind: str
    key_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Protection:
    """What stands between a plan and the end of the cluster, and what is left after it."""

    refuses_deletion: bool
    """By AWS's deletion protection, and by Terraform's ``prevent_destroy``."""
    leaves_backups: bool
    """The automated backups, as long as they are retained."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """Days of point-in-time recovery, the daily window in UTC, ``hh:mm-hh:mm``, and the snapshot of a destroy."""

    retention_days: int
    window: str
    final_snapshot: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Insights:
    """What a mode of Database Insights needs set alike on the cluster and on every instance."""

    mode: str
    retention_days: int


INSIGHTS: Mapping[str, Insights] = {
    "standard": Insights(mode="standard", retention_days=7),
    "advanced": Insights(mode="advanced", retention_days=465),
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
class Observation:
    """What of the database can be seen from outside."""

    log_exports: Sequence[str]
    logs_ready: Sequence[ITerraformDependable]
    """What has to exist before RDS would make log groups of its own, without key and retention."""
    enhanced: EnhancedMonitoring
    insights: Insights
    insights_key_arn: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """When changes reach what is running."""

    window: str
    """Weekly, in UTC, ``ddd:hh:mm-ddd:hh:mm``; each instance has one of its own."""
    at_once: bool
    major_upgrade: bool
    """Whether a new major version is allowed; it always applies at once."""

    @property
    def immediately(self) -> bool:
        """Whether changes apply at once rather than in the window."""
        return self.at_once or self.major_upgrade
