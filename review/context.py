"""A plan with what follows from all of it: which instances a cluster has, who uses a group, when changes apply."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from catalog.effects import UNKNOWN
from review import calendar
from review.finding import AT_APPLY, LATER, NEVER, NOW, Moment
from review.words import codes, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from catalog.effects import When
    from review.change import Change
    from review.plan import Plan

ENGINE: Final = "aurora-postgresql"

CLUSTER: Final = "aws_rds_cluster"
INSTANCE: Final = "aws_rds_cluster_instance"
CLUSTER_GROUP: Final = "aws_rds_cluster_parameter_group"
INSTANCE_GROUP: Final = "aws_db_parameter_group"
GLOBAL: Final = "aws_rds_global_cluster"

SERVERLESS: Final = "db.serverless"


@dataclass(frozen=True, kw_only=True)
class Code:
    """What the synthesized code says that no plan does: which addresses have ``prevent_destroy``."""

    protected: frozenset[str]
    addresses: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Context:
    """One plan under review, the others that are reviewed with it, and the moment of the review (UTC)."""

    plan: Plan
    now: datetime
    others: Sequence[Plan] = ()
    before: Code | None = None
    """The code as it was deployed, if it is at hand."""
    after: Code | None = None
    """The code that was planned, if it is at hand."""

    @cached_property
    def changes(self) -> tuple[Change, ...]:
        """The changes that are judged: of clusters of other engines, and what belongs to them, nothing is said."""
        return tuple(change for change in self.plan.changes if not foreign(change))

    def of_type(self, *types: str) -> list[Change]:
        """Return the changes of resources of these types, left-overs of interrupted replacements left out."""
        if len(types) == 1:
            return self._by_type.get(types[0], [])
        return [change for change in self.changes if change.type in types and change.deposed is None]

    @cached_property
    def _by_type(self) -> dict[str, list[Change]]:
        found: dict[str, list[Change]] = {}
        for change in self.changes:
            if change.deposed is None:
                found.setdefault(change.type, []).append(change)
        return found

    @cached_property
    def _instances(self) -> dict[str, list[Change]]:
        found: dict[str, list[Change]] = {}
        for change in self.of_type(INSTANCE):
            for name in _names(change, "cluster_identifier"):
                found.setdefault(name, []).append(change)
        return found

    def instances(self, cluster: Change) -> list[Change]:
        """Return the instances of a cluster that the plan knows, those that go or come too."""
        names = _names(cluster, "id") | _names(cluster, "cluster_identifier")
        found = {change.address: change for name in sorted(names) for change in self._instances.get(name, ())}
        return list(found.values())

    def staying(self, cluster: Change) -> list[Change]:
        """Return the instances of a cluster that exist before and afterwards."""
        return [one for one in self.instances(cluster) if one.before is not None and one.kind in ("no-op", "update")]

    def cluster_of(self, instance: Change) -> Change | None:
        """Return the cluster of an instance, if the plan has it."""
        return self._owners.get(instance.address) if instance.deposed is None else None

    @cached_property
    def _owners(self) -> dict[str, Change]:
        found: dict[str, Change] = {}
        for cluster in self.of_type(CLUSTER):
            for instance in self.instances(cluster):
                found.setdefault(instance.address, cluster)
        return found

    def users(self, group: Change) -> list[Change]:
        """Return the instances that take values from a parameter group, before or afterwards."""
        names = {name for name in (group.old("name"), group.new("name"), group.old("id")) if isinstance(name, str)}
        if group.type == CLUSTER_GROUP:
            clusters = [one for one in self.of_type(CLUSTER) if _names(one, "db_cluster_parameter_group_name") & names]
            return [instance for cluster in clusters for instance in self.staying(cluster)]
        return [
            one
            for one in self.of_type(INSTANCE)
            if one.kind in ("no-op", "update") and _names(one, "db_parameter_group_name") & names
        ]

    def clusters_of_group(self, group: Change) -> list[Change]:
        """Return the clusters whose parameter group this is, or whose instances use it."""
        names = {name for name in (group.old("name"), group.new("name"), group.old("id")) if isinstance(name, str)}
        if group.type == CLUSTER_GROUP:
            return [one for one in self.of_type(CLUSTER) if _names(one, "db_cluster_parameter_group_name") & names]
        found = [
            self.cluster_of(one) for one in self.of_type(INSTANCE) if _names(one, "db_parameter_group_name") & names
        ]
        return list({one.address: one for one in found if one}.values())

    def immediate(self, change: Change) -> bool:
        """Whether changes of a cluster or an instance do not wait for its window; an unknown answer counts as yes."""
        value = change.new("apply_immediately")
        return value is UNKNOWN or value is True

    def moment(self, when: When, change: Change) -> Moment:
        """Return when an effect on a resource comes."""
        if when == "window":
            return NOW if self.immediate(change) else self.window(change)
        if when == "reboot":
            return by_hand(self._rebooted(change))
        return {"at_once": NOW, "later": LATER, "apply": AT_APPLY, "never": NEVER}[when]

    def window(self, change: Change) -> Moment:
        """Return the next maintenance window of a cluster or an instance."""
        window = change.now("preferred_maintenance_window")
        found = calendar.opening(window, self.now)
        if found is None:
            return Moment(when="window", text="in the next maintenance window")
        begin, end = found
        if begin <= self.now:
            text = f"in the maintenance window, which is open now, until {calendar.said(end)}"
        else:
            text = f"in the maintenance window, which opens next on {calendar.said(begin)}"
        return Moment(when="window", text=text, opens=begin)

    def _rebooted(self, change: Change) -> list[str]:
        if change.type == CLUSTER:
            return [one.address for one in self.staying(change)]
        if change.type in (CLUSTER_GROUP, INSTANCE_GROUP):
            return [one.address for one in self.users(change)]
        return [change.address] if change.type == INSTANCE else []


def foreign(change: Change) -> bool:
    """Whether a resource is of another database engine."""
    if change.type in (CLUSTER, INSTANCE, GLOBAL):
        engines = [engine for engine in (change.old("engine"), change.new("engine")) if isinstance(engine, str)]
        return bool(engines) and ENGINE not in engines
    if change.type in (CLUSTER_GROUP, INSTANCE_GROUP):
        families = [family for family in (change.old("family"), change.new("family")) if isinstance(family, str)]
        return bool(families) and not any(family.startswith(ENGINE) for family in families)
    if change.type.startswith("aws_appautoscaling_"):
        return change.now("service_namespace") not in (None, "rds")
    if change.type == "aws_db_instance":
        engines = [engine for engine in (change.old("engine"), change.new("engine")) if isinstance(engine, str)]
        return bool(engines) and not any("postgres" in engine for engine in engines)
    return False


def by_hand(addresses: Iterable[str]) -> Moment:
    """Return the moment of a reboot that somebody has to make."""
    known = list(addresses)
    which = f"of {codes(known)}" if known else "of each instance that uses it"
    return Moment(when="reboot", text=f"after a reboot by hand {which}")


def _names(change: Change, argument: str) -> set[str]:
    return {value for value in (change.old(argument), change.new(argument)) if isinstance(value, str)}


def cluster_name(cluster: Change) -> str:
    """Return a cluster's identifier as a word of a command line, or a word to fill in."""
    for value in (cluster.old("cluster_identifier"), cluster.old("id"), cluster.new("cluster_identifier")):
        if isinstance(value, str):
            return word(value)
    return "CLUSTER"
