"""Which events of RDS and Secrets Manager somebody hears of, and how soon.

Categories and events: Amazon Aurora User Guide, "Amazon RDS event categories and event messages for Aurora", 2026-04;
Aurora's instances have no category failover, its clusters do.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from settings import topology

if TYPE_CHECKING:
    from settings.alarms import Severity
    from settings.loaded import Loaded

Source: TypeAlias = Literal["db-cluster", "db-instance", "db-parameter-group", "db-cluster-snapshot"]

REFUSED_UPGRADES: Final = ("RDS-EVENT-0174", "RDS-EVENT-0387", "RDS-EVENT-0389")
"""A version or operating system that could not be upgraded. Their category, maintenance, is mostly no emergency."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscription:
    """Categories of one kind of source that go to one severity; ``key`` is part of a Terraform address."""

    key: str
    severity: Severity
    source: Source
    categories: tuple[str, ...]
    identifiers: tuple[str, ...] = ()
    """Sources by identifier; none for all of the account and Region."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """An EventBridge rule for what categories do not tell apart, or RDS does not send itself."""

    key: str
    severity: Severity
    about: str
    pattern: str


def subscriptions(loaded: Loaded) -> list[Subscription]:
    """Return the event subscriptions of an environment.

    Snapshots are named when they are made, so their events cannot be narrowed to one cluster.
    """
    names, environment = loaded.names, loaded.environment
    cluster = (names.cluster,)
    instances = tuple(names.instance(placed.key) for placed in topology.instances(environment))
    group = (names.instance_parameter_group(environment.database.engine_version),)
    return [
        Subscription(
            key="cluster_page",
            severity="page",
            source="db-cluster",
            categories=("failover", "failure"),
            identifiers=cluster,
        ),
        Subscription(
            key="cluster_ticket",
            severity="ticket",
            source="db-cluster",
            categories=("configuration change", "deletion", "maintenance", "notification"),
            identifiers=cluster,
        ),
        Subscription(
            key="instances_page",
            severity="page",
            source="db-instance",
            categories=("failure", "low storage"),
            identifiers=instances,
        ),
        Subscription(
            key="instances_ticket",
            severity="ticket",
            source="db-instance",
            categories=("availability", "configuration change", "deletion", "maintenance", "notification", "recovery"),
            identifiers=instances,
        ),
        Subscription(
            key="parameter_group_ticket",
            severity="ticket",
            source="db-parameter-group",
            categories=("configuration change",),
            identifiers=group,
        ),
        Subscription(
            key="snapshots_ticket", severity="ticket", source="db-cluster-snapshot", categories=("notification",)
        ),
    ]


def rules(loaded: Loaded, secret_arn: str) -> list[Rule]:
    """Return the rules of an environment; ``secret_arn`` is the master user's secret."""
    names = loaded.names
    sources = [names.cluster, *(names.instance(placed.key) for placed in topology.instances(loaded.environment))]
    found = [
        Rule(
            key="upgrade_fails",
            severity="page",
            about="An upgrade of the engine or the operating system was refused",
            pattern=_pattern(
                {
                    "source": ["aws.rds"],
                    "detail": {"EventID": list(REFUSED_UPGRADES), "SourceIdentifier": sources},
                }
            ),
        )
    ]
    user = loaded.environment.database.master_user
    if user.is_managed or user.secret_arn:
        found.append(
            Rule(
                key="rotation_fails",
                severity="page",
                about="The master user's password could not be rotated; CloudTrail has to be on for this to be seen",
                pattern=_pattern(
                    {
                        "source": ["aws.secretsmanager"],
                        "detail-type": ["AWS Service Event via CloudTrail"],
                        "detail": {
                            "eventName": ["RotationFailed", "TestRotationFailed"],
                            "additionalEventData": {"SecretId": [secret_arn]},
                        },
                    }
                ),
            )
        )
    return found


def failed_copies(loaded: Loaded, cluster_arn: str) -> list[Rule]:
    """Return the rules by which somebody hears of a copy of the cluster that was not made.

    AWS Backup Developer Guide, "Monitoring AWS Backup events using Amazon EventBridge", 2026-04.
    """
    if loaded.environment.database.backup.copies is None:
        return []
    found = (
        ("backup_fails", "Backup Job State Change", "AWS Backup made no copy of the cluster", "resourceArn"),
        ("copy_fails", "Copy Job State Change", "A copy of the cluster did not reach its other vault", "resourceArn"),
    )
    return [
        Rule(
            key=key,
            severity="ticket",
            about=about,
            pattern=_pattern(
                {
                    "source": ["aws.backup"],
                    "detail-type": [kind],
                    "detail": {"state": ["FAILED", "ABORTED", "EXPIRED"], argument: [cluster_arn]},
                }
            ),
        )
        for key, kind, about, argument in found
    ]


def _pattern(pattern: dict[str, object]) -> str:
    return json.dumps(pattern, sort_keys=True)
