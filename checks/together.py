"""What only shows when all environments are seen.

Nobody here knows which of two files is the new one, or what of them is deployed. So a message names both, and what
it suggests it suggests for the one that was never deployed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import IPv4Network
from itertools import combinations
from typing import TYPE_CHECKING, Final

from catalog import regions
from checks import origin
from checks.finding import error, warning
from findings.finding import dotted
from findings.rule import Rule
from settings.state import S3State

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from findings.finding import Finding, KeyPath
    from settings.loaded import Loaded

NEVER_DEPLOYED: Final = "in the one of the two files that was never deployed"

KEYS: Final = ("access", "data", "flow-logs", "logs", "secrets", "state")
"""What the keys of an environment are for, as their aliases end."""

WARNINGS: Final = frozenset({"overlapping-networks"})
"""The rules that only speak of several environments."""


@dataclass(frozen=True, slots=True)
class _Name:
    """A name that AWS has once in a place."""

    what: str
    where: tuple[str, ...]
    name: str
    path: KeyPath


def check_together(environments: Mapping[str, Loaded]) -> Iterator[tuple[str, Finding]]:
    """Yield, by environment, what two would share: a state, a bucket, names; and networks that can never be joined."""
    for check in (_states, _prefixes, _names, _buckets):
        for name, finding in check(environments):
            yield name, replace(finding, rule="shared")
    yield from _networks(environments)
    for name, finding in origin.sources(environments):
        yield name, replace(finding, rule="origin")


def at(loaded: Loaded, path: KeyPath) -> str:
    """Return a key's file and line, or its nearest parent's."""
    while path:
        key = dotted(path)
        lines = [
            line for given, line in loaded.given.items() if given == key or given.startswith((f"{key}.", f"{key}["))
        ]
        if lines:
            return f"{loaded.file}:{min(lines)}"
        path = path[:-1]
    return f"{loaded.file}:1"


def _states(environments: Mapping[str, Loaded]) -> Iterator[tuple[str, Finding]]:
    owners: dict[str, tuple[Loaded, str]] = {}
    for name, loaded in environments.items():
        for kind in loaded.stacks:
            identity, stack = loaded.identity(kind), loaded.names.stack(kind)
            if identity in owners and stack != owners[identity][1]:
                other, other_stack = owners[identity]
                shared = f"stack {stack} would share its state ({identity}) with {other_stack}, {at(other, ('state',))}"
                remedy = f"each would destroy what the other made; change the project or the state {NEVER_DEPLOYED}"
                yield name, error(("state",), f"{shared}; {remedy}")
            owners.setdefault(identity, (loaded, stack))


def _prefixes(environments: Mapping[str, Loaded]) -> Iterator[tuple[str, Finding]]:
    owners: dict[tuple[str, str], Loaded] = {}
    for name, loaded in environments.items():
        place = (loaded.environment.aws.account_id, loaded.names.prefix)
        if place in owners:
            same = f"every name would begin with {loaded.names.prefix}, as with {at(owners[place], ('project',))}"
            remedy = f"choose another project or file name {NEVER_DEPLOYED}"
            yield name, error(("project",), f"{same}, in the same account; {remedy}")
        owners.setdefault(place, loaded)


def _names(environments: Mapping[str, Loaded]) -> Iterator[tuple[str, Finding]]:
    """Yield names that meet although their beginnings differ: dev with instance a-1, and dev-a with instance 1."""
    owners: dict[tuple[str, ...], tuple[Loaded, _Name]] = {}
    for name, loaded in environments.items():
        named = [one for each in loaded.generations for one in _named(loaded.as_only(each))]
        for one in dict.fromkeys(named):
            other, owned = owners.setdefault((one.what, *one.where, one.name), (loaded, one))
            if other is loaded or other.names.prefix == loaded.names.prefix:
                continue  # where the beginnings are alike, that alone is the mistake
            shared = f"the {one.what} {one.name} would be that of {at(other, owned.path)} as well"
            yield name, error(one.path, f"{shared}, in the same account; choose another name {NEVER_DEPLOYED}")


def _named(loaded: Loaded) -> Iterator[_Name]:
    aws, names = loaded.environment.aws, loaded.names
    here = (aws.account_id, aws.region)
    project: KeyPath = ("project",)
    yield _Name("cluster", here, names.cluster, ("names", "cluster") if names.given.cluster else project)
    for key in loaded.environment.database.instances:
        given = key in names.given.instances
        path: KeyPath = ("names", "instances", key) if given else ("database", "instances", key)
        yield _Name("instance", here, names.instance(key), path)
    for purpose in KEYS:
        yield _Name("key alias", here, names.key_alias(purpose), project)
    roles = [names.monitoring_role, names.flow_logs_role, names.function, names.owner_function, names.proxy_role]
    for role in roles:
        yield _Name("role", (aws.account_id,), role, project)


def _buckets(environments: Mapping[str, Loaded]) -> Iterator[tuple[str, Finding]]:
    """Yield buckets with two managers or two regions; a bucket's name is unique in its partition, not beyond."""
    managers: dict[tuple[str, str], Loaded] = {}
    places: dict[tuple[str, str], tuple[Loaded, str]] = {}
    for name, loaded in environments.items():
        state = loaded.environment.state
        if not isinstance(state, S3State):
            continue
        region = regions.find(state.region)
        bucket = (region.partition if region else "", state.bucket)
        path: KeyPath = ("state", "bucket")
        other, place = places.setdefault(bucket, (loaded, state.region))
        if place != state.region:
            there = at(other, ("state", "region"))
            message = f"{state.bucket} is in {state.region} here and in {place} by {there}; a bucket is in one region"
            yield name, error(("state", "region"), message)
        if not state.manage_bucket:
            continue
        if bucket in managers:
            managed = f"{state.bucket} is managed by {at(managers[bucket], path)} as well, and only one stack can"
            remedy = f"choose another name, or share it with manage_bucket: false, {NEVER_DEPLOYED}"
            yield name, error(path, f"{managed}; {remedy}")
        managers.setdefault(bucket, loaded)


def _networks(environments: Mapping[str, Loaded]) -> Iterator[tuple[str, Finding]]:
    """Yield created networks of one project that could never be peered, for their blocks overlap."""
    created = [(name, one) for name, one in environments.items() if one.environment.network.create]
    told: set[str] = set()
    for (_, first), (name, second) in combinations(created, 2):
        one, other = first.environment.network.create, second.environment.network.create
        if name in told or one is None or other is None or first.names.project != second.names.project:
            continue
        if IPv4Network(one.cidr).overlaps(IPv4Network(other.cidr)):
            told.add(name)
            path: KeyPath = ("network", "create", "cidr")
            yield (
                name,
                warning(
                    "overlapping-networks",
                    path,
                    f"{other.cidr} overlaps {one.cidr} of {at(first, path)}; VPCs whose blocks overlap can never be "
                    "peered, nor reached from one place by their addresses",
                ),
            )


RULES: tuple[Rule, ...] = (
    Rule(
        "shared",
        "error",
        "A state, a bucket or a name that two environments would share",
        "Each would destroy what the other made.",
        "Choose another project, file name, prefix or bucket in the file that was never deployed: in one that was, the "
        "change itself would move or destroy what exists.",
    ),
    Rule(
        "overlapping-networks",
        "warning",
        "Two environments of one project whose VPCs have overlapping blocks",
        "Such VPCs can never be peered, and a VPN or transit gateway reaches one of them only.",
        "Choose another block before the network is created; a created VPC's block cannot be changed.",
    ),
)
