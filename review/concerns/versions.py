"""Engine versions: minor and major upgrades, downgrades, and the version that the provider repeats unseen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from catalog import effects
from catalog.effects import UNKNOWN
from findings.rule import Rule
from review.context import CLUSTER, CLUSTER_GROUP, INSTANCE_GROUP, cluster_name
from review.finding import AT_APPLY, Found
from review.words import code, command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.change import Change, Difference
    from review.context import Context

CLAIMS: Final = frozenset({(CLUSTER, "engine_version"), (CLUSTER, "db_instance_parameter_group_name")})

NUMBER: Final = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4})*")

STATE_ONLY: Final = frozenset(
    {
        *(
            "skip_final_snapshot",
            "final_snapshot_identifier",
            "delete_automated_backups",
            "allow_major_version_upgrade",
        ),
        *("iam_roles", "global_cluster_identifier", "replication_source_identifier", "timeouts"),
    }
)
"""Arguments of a cluster whose change makes no ModifyDBCluster call (hashicorp/terraform-provider-aws, cluster.go)."""


def numbers(version: Any) -> tuple[int, ...]:
    """Return a version as numbers, empty if it is none."""
    if not isinstance(version, str) or not NUMBER.fullmatch(version):
        return ()
    return tuple(int(part) for part in version.split("."))


def major_upgrade(cluster: Change) -> bool:
    """Whether the plan moves a cluster to another major version."""
    found = cluster.difference("engine_version")
    old, new = (numbers(found.before), numbers(found.after)) if found else ((), ())
    return bool(old and new) and new[0] > old[0]


def versions(context: Context) -> Iterator[Found]:
    """Yield what a changed, or an unchanged, engine version does to a cluster."""
    for cluster in context.of_type(CLUSTER):
        if cluster.kind != "update":
            continue
        yield from _instance_group(context, cluster)
        difference = cluster.difference("engine_version")
        if difference is None:
            yield from _repeated(context, cluster)
        else:
            yield from _changed(context, cluster, difference)


def _instance_group(context: Context, cluster: Change) -> Iterator[Found]:
    difference = cluster.difference("db_instance_parameter_group_name")
    if difference is None:
        return
    if major_upgrade(cluster):
        yield Found(
            rule="upgrade-group",
            severity="none",
            effect="none",
            when=context.moment("window", cluster),
            because=f"{difference.said}: instances take this group with the major upgrade",
            source=effects.source("modify-cluster"),
            address=cluster.address,
            argument=difference.path,
        )
        return
    for row in effects.of_change(CLUSTER, difference.path, difference.before, difference.after) or ():
        yield Found(
            rule="upgrade-group",
            severity=row.severity,
            effect=row.effect,
            when=context.moment(row.when, cluster),
            because=f"{difference.said}: {row.says}",
            remedy=row.remedy,
            source=row.source,
            address=cluster.address,
            argument=difference.path,
        )


def _changed(context: Context, cluster: Change, difference: Difference) -> Iterator[Found]:
    old, new = numbers(cluster.old("engine_version_actual")) or numbers(difference.before), numbers(difference.after)
    if difference.after is UNKNOWN or not old or not new:
        yield _found(context, cluster, difference, "engine-version", "it cannot be told which version this is")
    elif new[0] > old[0]:
        yield from _major(context, cluster, difference)
    elif len(new) == 1:
        yield _found(
            context,
            cluster,
            difference,
            "version-by-major",
            f"a major alone is sent as it is: AWS takes its default minor, so this is an upgrade if that is newer than "
            f"the running {code('.'.join(map(str, old)))}, and is refused if it is older",
            severity="medium",
            remedy="Write the exact version that is wanted.",
            source="provider-versions",
        )
    elif new < old:
        yield Found(
            rule="version-goes-back",
            severity="high",
            effect="refused",
            when=AT_APPLY,
            because=f"{difference.said}: AWS never goes back; it has probably raised the version by itself, and "
            "whatever else this call changes on the cluster is refused with it",
            remedy=f"Write the running version, {code('.'.join(map(str, old)))}, into the configuration.",
            source=effects.source("provider-versions"),
            address=cluster.address,
            argument="engine_version",
        )
    elif new != old:
        yield _found(
            context,
            cluster,
            difference,
            "minor-upgrade",
            "a minor upgrade interrupts every instance: for seconds where zero-downtime patching succeeds, which is "
            "best effort, for minutes otherwise. No snapshot is taken, and there is no way back",
            remedy="Take a snapshot first, and deploy the version alone.",
            source="zero-downtime",
        )
        yield from _no_zero_downtime(context, cluster, difference)
    yield from _with_class(context, cluster, difference)


def _major(context: Context, cluster: Change, difference: Difference) -> Iterator[Found]:
    yield _found(
        context,
        cluster,
        difference,
        "major-upgrade",
        "a major upgrade takes the whole cluster down for minutes to hours, readers with the writer, and there is no "
        "way back. Logical replication slots block it, and extensions are to be updated by hand afterwards",
        severity="critical",
        remedy="Try it on a clone first; take a snapshot; deploy it alone; run ANALYZE afterwards.",
        source="major-upgrade",
    )
    if cluster.new("allow_major_version_upgrade") is not True:
        yield _refused(
            cluster,
            "major-upgrade-not-allowed",
            f"{difference.said}: AWS refuses a major upgrade without allow_major_version_upgrade",
            "Set allow_major_version_upgrade for this one deployment.",
        )
    target = numbers(difference.after)[0]
    group = cluster.new("db_cluster_parameter_group_name")
    named = next((one for one in context.of_type(CLUSTER_GROUP) if group and one.new("name") == group), None)
    family = named.new("family") if named else None
    if isinstance(family, str) and family != f"aurora-postgresql{target}":
        yield _refused(
            cluster,
            "major-upgrade-group",
            f"{difference.said}: the parameter group {code(group)} is of the family {code(family)}, which the new "
            "version does not take",
            f"Make groups of the family aurora-postgresql{target} for cluster and instances in the same deployment.",
        )
    if len(numbers(difference.after)) == 1:
        yield _refused(
            cluster,
            "major-upgrade-target",
            f"{difference.said}: AWS takes the default minor of that major, which may be older than the running "
            "version can be upgraded to",
            "Write the exact target version.",
            severity="medium",
        )


def _no_zero_downtime(context: Context, cluster: Change, difference: Difference) -> Iterator[Found]:
    """Yield the combination: parameters that wait for a reboot, and a minor version."""
    groups = [
        one
        for one in context.of_type(CLUSTER_GROUP, INSTANCE_GROUP)
        if one.differs("parameter") and cluster in context.clusters_of_group(one)
    ]
    from review.concerns.parameters import waiting  # noqa: PLC0415 - parameters asks versions about upgrades

    pending = [name for group in groups for name in waiting(group)]
    if pending or cluster.differs("db_cluster_parameter_group_name"):
        which = f"{', '.join(map(code, pending))} wait" if pending else "values of the new parameter group may wait"
        yield Found(
            rule="no-zero-downtime",
            severity="high",
            effect="outage",
            when=context.moment("window", cluster),
            because=f"{difference.said}: {which} for a reboot, and while any value does, zero-downtime patching does "
            "not happen: seconds become a restart of every instance",
            remedy="Two deployments: the parameters and a reboot first, then the version.",
            source=effects.source("zero-downtime"),
            certainty="inferred",
            address=cluster.address,
            argument="engine_version",
            affected=tuple(one.address for one in context.staying(cluster)),
        )


def _with_class(context: Context, cluster: Change, difference: Difference) -> Iterator[Found]:
    """Yield the combination: class and version in one plan."""
    resized = [one for one in context.instances(cluster) if one.differs("instance_class") and one.kind == "update"]
    if resized:
        yield _refused(
            cluster,
            "class-and-version",
            f"{difference.said}: the class of {', '.join(code(one.address) for one in resized)} changes too. AWS "
            "refuses the class if the running version does not have it, and refuses the version while a class waits",
            "Two deployments: the version first if the class needs it, else the class.",
            severity="medium",
            source="modify-instance",
        )


def _repeated(context: Context, cluster: Change) -> Iterator[Found]:
    """Yield the combination: a call about something else that carries a version nobody sees."""
    wanted, running = cluster.new("engine_version"), cluster.old("engine_version_actual")
    if not numbers(wanted) or not numbers(running) or wanted == running:
        return
    called = [one.path for one in cluster.differences if one.path.partition(".")[0] not in STATE_ONLY]
    told = [path for path in called if effects.rows(CLUSTER, path) and not _computed(path)]
    if told:
        yield Found(
            rule="version-repeated",
            severity="medium",
            effect="outage",
            when=context.moment("window", cluster),
            because=f"{', '.join(map(code, told))} changes, and older providers repeat engine_version "
            f"{code(wanted)} in that call, while {code(running)} runs: AWS takes it for an upgrade to its default "
            "minor, or refuses the call, and nothing in the plan shows it",
            remedy="Write the running version, or use a provider that no longer repeats it (after August 2026); "
            "ignore_changes on engine_version helps where the configuration has an exact version.",
            source=effects.source("provider-versions"),
            address=cluster.address,
            argument="engine_version",
            affected=tuple(one.address for one in context.staying(cluster)),
        )


def _computed(path: str) -> bool:
    return all(
        row.source == effects.source("schema") and row.effect == "none" for row in effects.rows(CLUSTER, path) or ()
    )


def _found(
    context: Context,
    cluster: Change,
    difference: Difference,
    rule: str,
    says: str,
    *,
    severity: effects.Severity = "high",
    remedy: str = "Deploy it alone, with a snapshot taken just before.",
    source: str = "settings",
) -> Found:
    return Found(
        rule=rule,
        severity=severity,
        effect="outage",
        when=context.moment("window", cluster),
        because=f"{difference.said}: {says}",
        # A class that still waits makes AWS refuse the version (hashicorp/terraform-provider-aws#15146).
        remedy=f"{remedy} Nothing else may be pending: {command(pending_command(cluster))}",
        source=effects.source(source),
        address=cluster.address,
        argument="engine_version",
        affected=tuple(one.address for one in context.staying(cluster)),
    )


def _refused(
    cluster: Change,
    rule: str,
    because: str,
    remedy: str,
    *,
    severity: effects.Severity = "high",
    source: str = "major-upgrade",
) -> Found:
    return Found(
        rule=rule,
        severity=severity,
        effect="refused",
        when=AT_APPLY,
        because=because,
        remedy=remedy,
        source=effects.source(source),
        address=cluster.address,
        argument="engine_version",
    )


def pending_command(cluster: Change) -> str:
    """Return the command that shows what waits on a cluster and its instances."""
    name = cluster_name(cluster)
    return (
        f"aws rds describe-db-clusters --db-cluster-identifier {name} --query 'DBClusters[0].PendingModifiedValues'; "
        f"aws rds describe-db-instances --filters Name=db-cluster-id,Values={name} "
        "--query 'DBInstances[].[DBInstanceIdentifier,PendingModifiedValues]'"
    )


RULES: Final = (
    Rule(
        "upgrade-group",
        "note",
        "The parameter group of instances during an upgrade",
        "AWS takes it only together with a major upgrade.",
        "Set db_parameter_group_name of the instances.",
    ),
    Rule(
        "engine-version",
        "error",
        "An engine version that the plan does not tell",
        "It may be an upgrade, a major one too.",
        "Plan again once it is known.",
    ),
    Rule(
        "minor-upgrade",
        "error",
        "A newer minor version",
        "Every instance is interrupted, for seconds at best, and there is no way back.",
        "Take a snapshot first; deploy the version alone.",
    ),
    Rule(
        "major-upgrade",
        "error",
        "A newer major version",
        "The whole cluster is down for minutes to hours, and there is no way back.",
        "Try it on a clone; take a snapshot; deploy it alone.",
    ),
    Rule(
        "major-upgrade-not-allowed",
        "error",
        "A major version without allow_major_version_upgrade",
        "AWS refuses it.",
        "Set it for this one deployment.",
    ),
    Rule(
        "major-upgrade-group",
        "error",
        "A major version with a parameter group of another family",
        "AWS refuses it.",
        "Make groups of the new family in the same deployment.",
    ),
    Rule(
        "major-upgrade-target",
        "warning",
        "A major version without its minor",
        "AWS takes the default minor, which may be no valid target.",
        "Write the exact target version.",
    ),
    Rule(
        "version-by-major",
        "warning",
        "A major alone in place of an exact version",
        "AWS takes its default minor: an upgrade, or a refusal.",
        "Write the exact version.",
    ),
    Rule(
        "version-goes-back",
        "error",
        "A version older than the running one",
        "AWS never goes back, and refuses everything else in the same call.",
        "Write the running version into the configuration.",
    ),
    Rule(
        "version-repeated",
        "warning",
        "A change of something else while the configured version differs from the running one",
        "Older providers repeat the version in every call: an upgrade that no plan shows, or a refusal.",
        "Write the running version, or use a newer provider.",
    ),
    Rule(
        "no-zero-downtime",
        "error",
        "A minor version together with parameters that wait for a reboot",
        "Zero-downtime patching does not happen then.",
        "Two deployments, with a reboot in between.",
    ),
    Rule(
        "class-and-version",
        "warning",
        "An instance class and an engine version in one plan",
        "AWS refuses one while the other waits, or if the running version lacks the class.",
        "Two deployments.",
    ),
)
