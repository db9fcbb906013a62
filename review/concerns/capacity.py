"""Serverless capacity and storage: what follows from memory waits for a reboot, and some classes restart."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from catalog import effects, limits
from catalog.effects import UNKNOWN
from findings.rule import Rule
from review.context import CLUSTER, CLUSTER_GROUP, INSTANCE, INSTANCE_GROUP, SERVERLESS, by_hand
from review.finding import AT_APPLY, NOW, Found
from review.words import code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.change import Change
    from review.context import Context

MAXIMUM: Final = "serverlessv2_scaling_configuration.max_capacity"

CLAIMS: Final = frozenset({(CLUSTER, MAXIMUM), (CLUSTER, "storage_type")})

OPTIMIZED_READS: Final = re.compile(r"db\.[a-z]+[0-9]+[a-z]*d\.[0-9a-z]+")
"""Classes with local NVMe, such as db.r6gd.xlarge and db.r6id.xlarge."""


def capacity(context: Context) -> Iterator[Found]:
    """Yield what a changed maximum, and a changed kind of storage, do."""
    for cluster in context.of_type(CLUSTER):
        if cluster.kind == "update":
            yield from _maximum(context, cluster)
            yield from _storage(context, cluster)
            yield from _port(cluster)
    for instance in context.of_type(INSTANCE):
        if instance.kind == "create":
            yield Found(
                rule="instance-added",
                severity="none",
                effect="cost",
                when=NOW,
                because=f"an instance of {code(instance.new('instance_class'))} more",
                source=effects.source("review"),
                address=instance.address,
            )


def _maximum(context: Context, cluster: Change) -> Iterator[Found]:
    difference = cluster.difference(MAXIMUM)
    if difference is None:
        return
    row = effects.of_change(CLUSTER, MAXIMUM, difference.before, difference.after)
    if not row:
        return
    instances = context.instances(cluster)
    scaled = [one.address for one in context.staying(cluster) if one.old("instance_class") == SERVERLESS]
    if instances and not scaled:
        yield Found(
            rule="capacity-maximum",
            severity="none",
            effect="none",
            when=NOW,
            because=f"{difference.said}: capacity follows at once, without interruption; no instance is serverless",
            source=row[0].source,
            address=cluster.address,
            argument=MAXIMUM,
        )
        return
    explicit = _connections_set(context, cluster)
    says = (
        "capacity follows at once; max_connections is set explicitly and stays, but other values that follow from "
        "memory wait until each instance is rebooted"
        if explicit
        else row[0].says
    )
    yield Found(
        rule="capacity-maximum",
        severity="low" if explicit else row[0].severity,
        effect="restart-pending",
        when=by_hand(scaled),
        because=f"{difference.said}: {says}; alarms whose thresholds follow from the maximum move at once",
        remedy=row[0].remedy,
        source=row[0].source,
        address=cluster.address,
        argument=MAXIMUM,
        affected=tuple(scaled),
    )


def _connections_set(context: Context, cluster: Change) -> bool:
    for group in context.of_type(CLUSTER_GROUP, INSTANCE_GROUP):
        if cluster in context.clusters_of_group(group):
            values = group.now("parameter")
            for value in values if isinstance(values, list) else ():
                # A formula follows from memory like the default; a number does not.
                if isinstance(value, dict) and value.get("name") == "max_connections":
                    return str(value.get("value")).isdecimal()
    return False


def _port(cluster: Change) -> Iterator[Found]:
    """Say where a port is none that AWS takes."""
    port = cluster.new("port")
    if cluster.differs("port") and isinstance(port, int) and not isinstance(port, bool) and port not in limits.PORTS:
        yield Found(
            rule="port-refused",
            severity="high",
            effect="refused",
            when=AT_APPLY,
            because=f"{code('port')}: AWS takes {limits.PORTS.start} to {limits.PORTS.stop - 1}, not {code(port)}",
            remedy="Choose another port.",
            source=effects.source("settings"),
            address=cluster.address,
            argument="port",
        )


def _storage(context: Context, cluster: Change) -> Iterator[Found]:
    difference = cluster.difference("storage_type")
    if difference is None or difference.after is UNKNOWN:
        return
    classes = {one.address: one.now("instance_class") for one in context.instances(cluster)}
    restarting = [
        address for address, name in classes.items() if isinstance(name, str) and OPTIMIZED_READS.fullmatch(name)
    ]
    row = (effects.of_change(CLUSTER, "storage_type", difference.before, difference.after) or (None,))[0]
    if row is None:
        return
    if restarting:
        yield Found(
            rule="storage-type",
            severity="high",
            effect="outage",
            when=NOW,
            because=f"{difference.said}: instances of classes with Optimized Reads restart",
            remedy="Choose a quiet hour; AWS allows the change to I/O-Optimized once in 30 days.",
            source=row.source,
            address=cluster.address,
            argument="storage_type",
            affected=tuple(restarting),
        )
    else:
        to_optimized = difference.after == "aurora-iopt1"
        yield Found(
            rule="storage-type",
            severity="none",
            effect="cost" if to_optimized else "none",
            when=NOW,
            because=f"{difference.said}: {row.says}",
            source=row.source,
            address=cluster.address,
            argument="storage_type",
        )


RULES: Final = (
    Rule("port-refused", "error", "A port that AWS does not take", "The apply fails.", "Choose another port."),
    Rule(
        "instance-added",
        "note",
        "An instance more",
        "It costs, and nobody is interrupted.",
        "Nothing has to be done.",
    ),
    Rule(
        "capacity-maximum",
        "warning",
        "Another maximum of Serverless v2",
        "Capacity follows at once, but what follows from memory waits for a reboot of each instance.",
        "Reboot each instance by hand, readers first.",
    ),
    Rule(
        "storage-type",
        "error",
        "Another kind of storage",
        "Instances with Optimized Reads restart; others are not interrupted.",
        "Choose a quiet hour.",
    ),
)
