"""What AWS or Terraform would refuse, or silently do wrong, in a file whose every single value is well-formed.

Each check takes a complete environment and yields findings. An error stops everything; a warning is legal but
risky, has a stable identifier, and can be accepted with a reason in the environment file.
"""

from __future__ import annotations

from collections import Counter
from ipaddress import IPv4Network
from itertools import combinations
from typing import TYPE_CHECKING, Any, TypeAlias

from catalog import engine_versions, instance_classes, limits
from catalog.engine_versions import Feature
from catalog.suggestions import nearest
from settings import names, parameters, tiers, topology, windows
from settings.findings import Finding
from settings.model import SERVERLESS
from settings.state import S3State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from settings.findings import KeyPath
    from settings.model import Environment
    from settings.names import Names

Check: TypeAlias = "Callable[[Environment, Names], Iterator[Finding]]"

VPC_PREFIXES = range(16, 24)
"""A VPC's block is /16 to /28 (Amazon VPC User Guide); from /24 its 32 places are smaller than AWS's /28."""

SMALLEST_SUBNET = 28
"""AWS's smallest subnet."""

LARGEST_SUBNET = 16
"""AWS's largest subnet."""

TAG_LIMIT = 50
"""Tags of a resource (AWS General Reference, tagging); five are this project's own."""

TAG_KEY_LENGTH = 128
"""Most characters of a tag's key (AWS General Reference, tagging)."""

TAG_VALUE_LENGTH = 256
"""Most characters of a tag's value (AWS General Reference, tagging)."""

OWN_TAGS = ("project", "environment", "tier", "stack", "managed-by")
"""Tags that every resource gets."""

RESERVED_NAMES = frozenset({"postgres", "rdsadmin", "template0", "template1"})
"""Databases that Aurora PostgreSQL has already."""


def _error(path: KeyPath, message: str) -> Finding:
    return Finding(path=path, message=message)


def _lookup(environment: Environment, path: str) -> Any:
    value: Any = environment
    for part in path.split("."):
        value = getattr(value, part)
    return value


def _minima(environment: Environment, _: Names) -> Iterator[Finding]:
    for path, minimum in tiers.column(tiers.MINIMA, environment.tier).items():
        value = _lookup(environment, path)
        if value < minimum:
            yield _error(
                tuple(path.split(".")),
                f"{value} is less than {minimum}, the least for tier {environment.tier}",
            )


def _names(environment: Environment, name: Names) -> Iterator[Finding]:
    longest = names.IDENTIFIER_LENGTH
    for key in environment.database.instances:
        identifier = name.instance(key)
        if len(identifier) > longest:
            yield _error(
                ("database", "instances", key),
                f"the identifier {identifier} has {len(identifier)} characters, AWS allows {longest}; "
                f"shorten the project, the file's name or the key by {len(identifier) - longest}",
            )
    for role in (name.monitoring_role, name.flow_logs_role):
        if len(role) > names.ROLE_LENGTH:
            yield _error(
                ("project",),
                f"the role name {role} has {len(role)} characters, IAM allows {names.ROLE_LENGTH}; "
                f"shorten the project or the file's name by {len(role) - names.ROLE_LENGTH}",
            )
    if environment.database.name in RESERVED_NAMES:
        yield _error(
            ("database", "name"), f"{environment.database.name!r} exists already in every Aurora cluster"
        )
    if environment.database.master_user.name in limits.RESERVED_MASTER_USERNAMES:
        yield _error(
            ("database", "master_user", "name"),
            f"{environment.database.master_user.name!r} is reserved; the default clusteradmin is a good choice",
        )


def _tags(environment: Environment, _: Names) -> Iterator[Finding]:
    if len(environment.tags) + len(OWN_TAGS) > TAG_LIMIT:
        yield _error(
            ("tags",),
            f"{len(environment.tags)} tags; AWS allows {TAG_LIMIT}, {len(OWN_TAGS)} are set already",
        )
    for key, value in environment.tags.items():
        path: KeyPath = ("tags", key)
        if key in OWN_TAGS:
            yield _error(path, "is set already on every resource; choose another name")
        if key.lower().startswith("aws:"):
            yield _error(path, "begins with aws:, which AWS keeps for itself")
        if not 1 <= len(key) <= TAG_KEY_LENGTH:
            yield _error(path, f"has a key of {len(key)} characters; AWS allows 1 to {TAG_KEY_LENGTH}")
        if len(value) > TAG_VALUE_LENGTH:
            yield _error(path, f"has {len(value)} characters; AWS allows {TAG_VALUE_LENGTH}")


def _zones(environment: Environment, _: Names) -> Iterator[Finding]:
    region = environment.aws.region
    spread = topology.zones(environment.aws)
    if environment.network.create and not spread:
        yield _error(
            ("aws", "zones"),
            f"is missing; the zones of {region} differ from account to account, so name two or three of yours, "
            f"such as [{region}a, {region}b]",
        )
    existing = environment.network.existing
    named: list[tuple[KeyPath, str]] = [
        (("aws", "zones", i), z) for i, z in enumerate(environment.aws.zones or [])
    ]
    named += [
        (("network", "existing", "database_subnets", z), z)
        for z in (existing.database_subnets if existing else [])
    ]
    for path, zone in named:
        if zone[:-1] != region:
            yield _error(path, f"{zone} is not in {region}; did you mean {region}{zone[-1]}?")
    for zone, count in Counter(environment.aws.zones or []).items():
        if count > 1:
            yield _error(("aws", "zones"), f"names {zone} {count} times")
    usable = topology.database_zones(environment)
    for key, own in environment.database.instances.items():
        if own.zone and own.zone not in usable:
            meant = nearest(own.zone, usable)
            yield _error(
                ("database", "instances", key, "zone"),
                f"{own.zone} has no database subnet; allowed are {', '.join(usable)}"
                + (f"; did you mean {meant}?" if meant else ""),
            )
        if not own.zone and not key.isdecimal():
            yield _error(
                ("database", "instances", key),
                f"needs a zone, for it has a name rather than a number: one of {', '.join(usable)}",
            )


def _network(environment: Environment, _: Names) -> Iterator[Finding]:
    network = environment.network
    if (network.create is None) == (network.existing is None):
        both = "has both create and existing; keep one" if network.create else "needs create or existing"
        yield _error(("network",), f"{both}: create makes a VPC, existing names one")
        return
    create = network.create
    if create is None:
        return
    block = IPv4Network(create.cidr)
    if block.prefixlen not in VPC_PREFIXES:
        yield _error(
            ("network", "create", "cidr"),
            f"{create.cidr} is not between /{VPC_PREFIXES.start} and /{VPC_PREFIXES.stop - 1}, "
            "which a VPC with subnets in every zone needs",
        )
        return
    spread = topology.zones(environment.aws)
    for kind in topology.KINDS:
        path: KeyPath = ("network", "create", "subnet_cidrs", kind)
        for zone, cidr in (getattr(create.subnet_cidrs, kind) or {}).items():
            if zone not in spread:
                yield _error((*path, zone), f"{zone} is not among the zones {', '.join(spread)}")
            subnet = IPv4Network(cidr)
            if not subnet.subnet_of(block):
                yield _error((*path, zone), f"{cidr} leaves the VPC's block {create.cidr}")
            if not LARGEST_SUBNET <= subnet.prefixlen <= SMALLEST_SUBNET:
                yield _error((*path, zone), f"{cidr} is not between /{LARGEST_SUBNET} and /{SMALLEST_SUBNET}")
    if create.subnet_cidrs.public and create.nat == "none":
        yield _error(
            ("network", "create", "subnet_cidrs", "public"),
            "is of no effect: without NAT there are no public subnets",
        )
    for one, other in combinations(topology.subnets(create, spread), 2):
        if IPv4Network(one.cidr).overlaps(IPv4Network(other.cidr)):
            given = {kind: getattr(create.subnet_cidrs, kind) or {} for kind in topology.KINDS}
            culprit = other if other.zone in given[other.kind] else one
            peer = one if culprit is other else other
            yield _error(
                ("network", "create", "subnet_cidrs", culprit.kind, culprit.zone),
                f"{culprit.cidr} overlaps {peer.cidr}, the {peer.kind} subnet in {peer.zone}",
            )
    for service, count in Counter(create.interface_endpoints).items():
        if count > 1:
            yield _error(("network", "create", "interface_endpoints"), f"names {service} {count} times")


def _access(environment: Environment, _: Names) -> Iterator[Finding]:
    chosen = environment.network.create or environment.network.existing
    if chosen is None:
        return
    vpc = IPv4Network(chosen.cidr)
    seen: dict[str, str] = {}
    for key, cidr in environment.database.access.cidrs.items():
        path: KeyPath = ("database", "access", "cidrs", key)
        if not IPv4Network(cidr).subnet_of(vpc):
            yield _error(
                path,
                f"{cidr} is not inside the VPC's block {chosen.cidr}; reach the database through a security group",
            )
        if cidr in seen:
            yield _error(path, f"{cidr} is admitted already as {seen[cidr]}")
        seen.setdefault(cidr, key)
    groups: dict[str, str] = {}
    for key, group in environment.database.access.security_groups.items():
        if group in groups:
            yield _error(
                ("database", "access", "security_groups", key),
                f"{group} is admitted already as {groups[group]}",
            )
        groups.setdefault(group, key)


def _engine(environment: Environment, _: Names) -> Iterator[Finding]:
    path: KeyPath = ("database", "engine_version")
    version = environment.database.engine_version
    number = int(version.split(".", maxsplit=1)[0])
    majors = engine_versions.majors()
    if number not in majors:
        offered = ", ".join(str(major) for major in majors)
        yield _error(
            path, f"Aurora PostgreSQL {number} is not supported here; allowed are the majors {offered}"
        )
        return
    major = majors[number]
    if not engine_versions.is_major(version) and version not in engine_versions.creatable():
        minors = [minor for minor in engine_versions.creatable() if minor.startswith(f"{number}.")]
        gone = "AWS no longer creates it" if version in engine_versions.deprecated() else "it does not exist"
        meant = f"{major.lts} (LTS)" if major.lts in minors else minors[-1]
        yield _error(path, f'{version}: {gone}; allowed are {", ".join(minors)}; did you mean "{meant}"?')
        return
    if major.stage == "near_end":
        yield Finding(
            path=path,
            identifier="engine-near-end",
            message=f"standard support of Aurora PostgreSQL {number} ends on {major.end_of_standard_support}; "
            "Extended Support is opted out of, so AWS upgrades the cluster then",
        )
    if major.stage == "new":
        yield Finding(
            path=path,
            identifier="engine-new",
            message=f"Aurora PostgreSQL {number} has no long-term support release yet, "
            "and RDS Proxy and some extensions may lack it",
        )
    if environment.database.storage == "io_optimized":
        yield from _floor(version, Feature.IO_OPTIMIZED, ("database", "storage"), "I/O-Optimized storage")


def _floor(version: str, feature: Feature, path: KeyPath, what: str) -> Iterator[Finding]:
    if not engine_versions.supports(version, feature):
        floor = engine_versions.floor(feature, int(version.split(".", maxsplit=1)[0]))
        yield _error(
            path, f"{what} needs Aurora PostgreSQL {floor or 'of a newer major'} or newer, not {version}"
        )


def _classes(environment: Environment, _: Names) -> Iterator[Finding]:
    database, region = environment.database, environment.aws.region
    chosen: list[tuple[KeyPath, str]] = [(("database", "instance_class"), database.instance_class)]
    chosen += [
        (("database", "instances", key, "instance_class"), own.instance_class)
        for key, own in database.instances.items()
        if own.instance_class
    ]
    offered = instance_classes.offered(region)
    for path, name in chosen:
        if name == SERVERLESS:
            continue
        if instance_classes.find(name) is None:
            meant = nearest(name, offered)
            yield _error(
                path,
                f"{name} is not a class of Aurora PostgreSQL" + (f"; did you mean {meant}?" if meant else ""),
            )
        elif name not in offered:
            meant = nearest(name, offered)
            yield _error(
                path, f"{name} is not offered in {region}" + (f"; did you mean {meant}?" if meant else "")
            )
        else:
            major = int(database.engine_version.split(".", maxsplit=1)[0])
            floor = instance_classes.floor(name, major)
            exact = not engine_versions.is_major(database.engine_version)
            if exact and floor and not engine_versions.at_least(database.engine_version, floor):
                yield _error(
                    path, f"{name} needs Aurora PostgreSQL {floor} or newer, not {database.engine_version}"
                )


def _capacity(environment: Environment, _: Names) -> Iterator[Finding]:
    database = environment.database
    path: KeyPath = ("database", "capacity")
    capacity = database.capacity
    if topology.is_serverless(database) and capacity is None:
        yield _error(
            path,
            "is missing; a serverless instance needs its range, such as {minimum: 0.5, maximum: 8} (in ACU)",
        )
    if capacity is None:
        return
    if not topology.is_serverless(database):
        yield _error(
            path, "is of no effect: no instance is serverless; remove it or set instance_class: serverless"
        )
    for end in ("minimum", "maximum"):
        value = getattr(capacity, end)
        if (value * 2) % 1:
            yield _error(
                (*path, end), f"{value:g} is not a step of 0.5 ACU; did you mean {round(value * 2) / 2:g}?"
            )
    if capacity.minimum > capacity.maximum:
        yield _error(
            (*path, "minimum"), f"{capacity.minimum:g} is more than the maximum {capacity.maximum:g}"
        )
    if capacity.pause_after_seconds and capacity.minimum > 0:
        yield _error((*path, "pause_after_seconds"), "is of no effect: only a cluster with minimum 0 pauses")
    version = database.engine_version
    if int(version.split(".", maxsplit=1)[0]) not in engine_versions.majors():
        return
    yield from _floor(version, Feature.SERVERLESS_V2, ("database", "instance_class"), "Serverless v2")
    if capacity.minimum == 0:
        yield from _floor(
            version, Feature.SERVERLESS_AUTO_PAUSE, (*path, "minimum"), "capacity 0 (automatic pause)"
        )
    if capacity.maximum > limits.SERVERLESS_MAXIMUM_ACU_OF_OLD_VERSIONS:
        yield from _floor(version, Feature.SERVERLESS_256_ACU, (*path, "maximum"), "capacity above 128 ACU")


def _windows(environment: Environment, _: Names) -> Iterator[Finding]:
    database = environment.database
    backup = database.backup.window
    given: list[tuple[KeyPath, str]] = [(("database", "maintenance", "window"), database.maintenance.window)]
    given += [
        (
            ("database", "instances", placed.key, "maintenance_window")
            if database.instances[placed.key].maintenance_window
            else ("database", "maintenance", "window"),
            placed.maintenance_window,
        )
        for placed in topology.instances(environment)
    ]
    if windows.daily(backup)[1] < windows.MINIMUM_MINUTES:
        yield _error(
            ("database", "backup", "window"),
            f"{backup} lasts {windows.daily(backup)[1]} minutes; AWS needs {windows.MINIMUM_MINUTES} or more",
        )
        return
    reported: set[KeyPath] = set()
    for path, window in given:
        length = windows.weekly(window)[1]
        if path in reported:
            continue
        if not windows.MINIMUM_MINUTES <= length < windows.DAY:
            reported.add(path)
            yield _error(
                path, f"{window} lasts {length} minutes; AWS needs {windows.MINIMUM_MINUTES} to under a day"
            )
        elif windows.overlap(window, backup):
            reported.add(path)
            yield _error(path, f"{window} overlaps the backup window {backup}; AWS refuses that")


def _state(environment: Environment, _: Names) -> Iterator[Finding]:
    state = environment.state
    if not isinstance(state, S3State):
        return
    if state.manage_bucket and state.kms_key_arn:
        yield _error(
            ("state", "kms_key_arn"),
            "is not needed: a managed bucket encrypts with a key of its own; "
            "give a key only with manage_bucket: false",
        )
    if state.migrated and not state.manage_bucket:
        yield _error(
            ("state", "migrated"), "is of no effect: without manage_bucket there is no state stack to migrate"
        )
    if state.manage_bucket and state.region != environment.aws.region:
        yield _error(
            ("state", "region"),
            f"{state.region} is not the environment's region {environment.aws.region}, in which a managed bucket is "
            "created; use that region, or manage_bucket: false for a bucket elsewhere",
        )


def _parameters(environment: Environment, _: Names) -> Iterator[Finding]:
    yield from parameters.check(environment)


def _production(environment: Environment, _: Names) -> Iterator[Finding]:
    if not environment.protected:
        return
    database = environment.database
    if len(database.instances) == 1:
        yield Finding(
            path=("database", "instances"),
            identifier="protected-without-reader",
            message="1 instance: a failover has nowhere to go, and a failed instance is an outage of ten minutes; "
            "two or more in different zones fail over in under a minute",
        )
    placed = topology.instances(environment)
    if len(placed) > 1 and len({instance.zone for instance in placed}) == 1:
        yield Finding(
            path=("database", "instances"),
            identifier="protected-in-one-zone",
            message=f"every instance is in {placed[0].zone}; the loss of that zone is an outage",
        )
    for instance in placed:
        known = instance_classes.find(instance.instance_class)
        if known and known.burstable:
            yield Finding(
                path=("database", "instance_class"),
                identifier="protected-burstable",
                message=f"{known.name} is burstable; AWS recommends T classes for development and test only",
            )
            return


CHECKS: tuple[Check, ...] = (
    _minima,
    _names,
    _tags,
    _zones,
    _network,
    _access,
    _engine,
    _classes,
    _capacity,
    _windows,
    _state,
    _parameters,
    _production,
)

WARNINGS = (
    "engine-near-end",
    "engine-new",
    "protected-burstable",
    "protected-in-one-zone",
    "protected-without-reader",
)
"""Every identifier that an environment file may accept."""


def check(environment: Environment, name: Names) -> list[Finding]:
    """Return every finding about one environment, accepted warnings left out."""
    findings = [finding for run in CHECKS for finding in run(environment, name)]
    raised = {finding.identifier for finding in findings if finding.identifier}
    accepted = set()
    for index, acceptance in enumerate(environment.accept):
        path: KeyPath = ("accept", index, "warning")
        if acceptance.warning not in WARNINGS:
            meant = nearest(acceptance.warning, WARNINGS)
            findings.append(
                _error(
                    path,
                    f"{acceptance.warning!r} is not a warning; there are {', '.join(WARNINGS)}"
                    + (f"; did you mean {meant}?" if meant else ""),
                )
            )
        elif acceptance.warning not in raised:
            findings.append(
                _error(path, f"{acceptance.warning} is not raised any more; remove the acceptance")
            )
        accepted.add(acceptance.warning)
    return [finding for finding in findings if finding.identifier not in accepted]


def check_together(
    environments: Mapping[str, Environment], identities: Mapping[str, Iterable[tuple[str, str]]]
) -> Iterator[tuple[str, Finding]]:
    """Yield, by environment, what only shows when all are seen: states or AWS names that two would share.

    ``identities`` gives for each environment its stacks' states as pairs of stack name and identity.
    """
    states: dict[str, tuple[str, str]] = {}
    for name, environment in environments.items():
        for stack, identity in identities[name]:
            if identity in states:
                other, other_stack = states[identity]
                yield (
                    name,
                    _error(
                        ("state",),
                        f"stack {stack} would share its state ({identity}) with {other_stack} of environment {other}; "
                        "each would destroy what the other made",
                    ),
                )
            states.setdefault(identity, (name, stack))
    clusters: dict[tuple[str, str], str] = {}
    buckets: dict[str, str] = {}
    for name, environment in environments.items():
        identifier = names.Names(environment.project, name).cluster
        place = (environment.aws.account_id, identifier)
        if place in clusters:
            yield (
                name,
                _error(
                    ("project",),
                    f"every name would begin with {identifier}, as in environment {clusters[place]} of the same account",
                ),
            )
        clusters.setdefault(place, name)
        state = environment.state
        if isinstance(state, S3State) and state.manage_bucket:
            if state.bucket in buckets:
                yield (
                    name,
                    _error(
                        ("state", "bucket"),
                        f"{state.bucket} is managed by environment {buckets[state.bucket]} already; choose another name, "
                        "or say manage_bucket: false here to share it",
                    ),
                )
            buckets.setdefault(state.bucket, name)
