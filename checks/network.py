"""Zones, address blocks and who may connect."""

from __future__ import annotations

from collections import Counter
from ipaddress import IPv4Network
from itertools import combinations
from typing import TYPE_CHECKING

from catalog.suggestions import nearest
from checks.finding import error, warning
from findings.rule import Rule
from settings import topology

if TYPE_CHECKING:
    from collections.abc import Iterator

    from findings.finding import Finding, KeyPath
    from settings.model import CreatedNetwork, Environment, ExistingNetwork
    from settings.names import Names

VPC_PREFIXES = range(16, 24)
"""A VPC's block is /16 to /28 (Amazon VPC User Guide); from /24 its 32 places are smaller than AWS's /28."""

SMALLEST_SUBNET = 28
"""AWS's smallest subnet."""

LARGEST_SUBNET = 16
"""AWS's largest subnet."""

SUBNETS: KeyPath = ("network", "create", "subnet_cidrs")


def zones(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse zones of another region, and instances in zones without a database subnet."""
    region = environment.aws.region
    spread = topology.zones(environment.aws)
    if environment.network.create and not spread:
        yield error(
            ("aws", "zones"),
            f"is missing; the zones of {region} differ from account to account, so name two or three of yours, "
            f"such as [{region}a, {region}b]",
        )
    existing = environment.network.existing
    named: list[tuple[KeyPath, str]] = [(("aws", "zones", i), z) for i, z in enumerate(environment.aws.zones or [])]
    given = _given_subnets(existing)
    named += [(("network", "existing", kind, zone), zone) for kind, by_zone in given.items() for zone in by_zone]
    for path, zone in named:
        if zone[:-1] != region:
            yield error(path, f"{zone} is not in {region}; did you mean {region}{zone[-1]}?")
    for zone, count in Counter(environment.aws.zones or []).items():
        if count > 1:
            yield error(("aws", "zones"), f"names {zone} {count} times")
    if existing and environment.aws.zones:
        yield error(("aws", "zones"), "is of no effect: the zones are those of network.existing.database_subnets")
    for kind, by_zone in given.items():
        for subnet in (subnet for subnet, count in Counter(by_zone.values()).items() if count > 1):
            times = list(by_zone.values()).count(subnet)
            yield error(("network", "existing", kind), f"names {subnet} {times} times")
    usable = topology.database_zones(environment)
    for key, own in environment.database.instances.items() if usable else ():
        if own.zone and own.zone not in usable:
            meant = nearest(own.zone, usable)
            yield error(
                ("database", "instances", key, "zone"),
                f"{own.zone} has no database subnet; allowed are {', '.join(usable)}"
                + (f"; did you mean {meant}?" if meant else ""),
            )
        if not own.zone and not key.isdecimal():
            yield error(
                ("database", "instances", key),
                f"needs a zone, for it has a name rather than a number: one of {', '.join(usable)}",
            )


def _given_subnets(existing: ExistingNetwork | None) -> dict[str, dict[str, str]]:
    if existing is None:
        return {}
    return {"database_subnets": existing.database_subnets, "private_subnets": existing.private_subnets or {}}


def network(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse anything but one of create and existing, and subnets that do not fit the VPC."""
    network = environment.network
    if (network.create is None) == (network.existing is None):
        both = "has both create and existing; keep one" if network.create else "needs create or existing"
        yield error(("network",), f"{both}: create makes a VPC, existing names one")
        return
    if network.create is not None:
        yield from _created(network.create, topology.zones(environment.aws))


def _created(create: CreatedNetwork, spread: list[str]) -> Iterator[Finding]:
    block = IPv4Network(create.cidr)
    if block.prefixlen not in VPC_PREFIXES:
        yield error(
            ("network", "create", "cidr"),
            f"{create.cidr} is not between /{VPC_PREFIXES.start} and /{VPC_PREFIXES.stop - 1}, "
            "which a VPC with subnets in every zone needs",
        )
        return
    if create.subnet_cidrs.public and create.nat == "none":
        yield error((*SUBNETS, "public"), "is of no effect: without NAT there are no public subnets")
    if spread and len(set(spread)) == len(spread):
        misplaced = list(_misplaced(create, block, spread))
        yield from misplaced or _overlapping(create, spread)
    for service, count in Counter(create.interface_endpoints).items():
        if count > 1:
            yield error(("network", "create", "interface_endpoints"), f"names {service} {count} times")


def endpoint_policies(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn of endpoints that take anybody's credentials, and refuse trusted accounts that change nothing."""
    create = environment.network.create
    if create is None:
        return
    path: KeyPath = ("network", "create", "trusted_accounts")
    if not create.endpoint_policies:
        yield warning(
            "open-endpoints",
            ("network", "create", "endpoint_policies"),
            "without policies the VPC's endpoints take anybody's credentials and reach anybody's buckets, so that what "
            "runs in an isolated subnet can copy data out; name the accounts that are needed in trusted_accounts",
        )
        if create.trusted_accounts:
            yield error(path, "is of no effect: without endpoint_policies every account is trusted")
    for account, count in Counter(create.trusted_accounts).items():
        if count > 1:
            yield error(path, f"names {account} {count} times")
        if account == environment.aws.account_id:
            yield error(path, f"{account} is the environment's own account, which is trusted anyway")


def _misplaced(create: CreatedNetwork, block: IPv4Network, spread: list[str]) -> Iterator[Finding]:
    for kind in topology.KINDS:
        for zone, cidr in (getattr(create.subnet_cidrs, kind) or {}).items():
            path, subnet = (*SUBNETS, kind, zone), IPv4Network(cidr)
            if zone not in spread:
                yield error(path, f"{zone} is not among the zones {', '.join(spread)}")
            elif not LARGEST_SUBNET <= subnet.prefixlen <= SMALLEST_SUBNET:
                yield error(path, f"{cidr} is not between /{LARGEST_SUBNET} and /{SMALLEST_SUBNET}")
            elif not subnet.subnet_of(block):
                yield error(path, f"{cidr} leaves the VPC's block {create.cidr}")


def _overlapping(create: CreatedNetwork, spread: list[str]) -> Iterator[Finding]:
    given = {(kind, zone) for kind in topology.KINDS for zone in getattr(create.subnet_cidrs, kind) or {}}
    peers: dict[topology.PlacedSubnet, list[str]] = {}
    for one, other in combinations(topology.subnets(create, spread), 2):
        if IPv4Network(one.cidr).overlaps(IPv4Network(other.cidr)):
            culprit, peer = (other, one) if (other.kind, other.zone) in given else (one, other)
            peers.setdefault(culprit, []).append(f"{peer.cidr}, the {peer.kind} subnet in {peer.zone}")
    for culprit, overlapped in peers.items():
        also = f" and {len(overlapped) - 1} more" if len(overlapped) > 1 else ""
        yield error((*SUBNETS, culprit.kind, culprit.zone), f"{culprit.cidr} overlaps {overlapped[0]}{also}")


def access(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse sources outside the VPC, and sources given twice."""
    chosen = environment.network.create or environment.network.existing
    if chosen is None:
        return
    vpc = IPv4Network(chosen.cidr)
    seen: dict[str, str] = {}
    for key, cidr in environment.database.access.cidrs.items():
        path: KeyPath = ("database", "access", "cidrs", key)
        if not IPv4Network(cidr).subnet_of(vpc):
            yield error(
                path,
                f"{cidr} is not inside the VPC's block {chosen.cidr}; reach the database through a security group",
            )
        if cidr in seen:
            yield error(path, f"{cidr} is admitted already as {seen[cidr]}")
        seen.setdefault(cidr, key)
    groups: dict[str, str] = {}
    for key, group in environment.database.access.security_groups.items():
        if group in groups:
            yield error(
                ("database", "access", "security_groups", key),
                f"{group} is admitted already as {groups[group]}",
            )
        groups.setdefault(group, key)


RULES: tuple[Rule, ...] = (
    Rule(
        "zones",
        "error",
        "Availability zones that do not fit the region, the subnets or the instances",
        "An instance can only be where a database subnet is, and a changed zone replaces it.",
        "Name zones of the region that have a database subnet.",
    ),
    Rule(
        "network",
        "error",
        "A network that is given twice or not at all, or whose subnets do not fit",
        "AWS refuses overlapping subnets and blocks outside the VPC's.",
        "Choose blocks as the message says.",
    ),
    Rule(
        "access",
        "error",
        "Sources of connections that lie outside the VPC or are given twice",
        "A duplicate rule fails when applied, and the database is for its VPC alone.",
        "Admit a security group, or a block inside the VPC, once.",
    ),
    Rule(
        "endpoint-policies",
        "error",
        "Accounts that are trusted without effect",
        "A reader of the file would take them for admitted, or others for kept out.",
        "Remove what the message names.",
    ),
    Rule(
        "open-endpoints",
        "warning",
        "VPC endpoints without policies",
        "Whoever can run code in an isolated subnet can bring credentials of another account and copy data to its "
        "buckets.",
        "Leave endpoint_policies on, and name further accounts in trusted_accounts.",
    ),
)
