"""Zones, address blocks and who may connect."""

from __future__ import annotations

from collections import Counter
from ipaddress import IPv4Network
from itertools import combinations
from typing import TYPE_CHECKING

from catalog import regions, vpc_endpoints
from catalog.suggestions import nearest
from checks.finding import error, warning
from findings.rule import Rule
from settings import topology
from settings.types import PRIVATE, inside, is_ipv6

if TYPE_CHECKING:
    from collections.abc import Iterator

    from findings.finding import Finding, KeyPath
    from settings.model import CreatedNetwork, Environment, ExistingNetwork
    from settings.names import Names

VPC_PREFIXES = range(16, 25)
"""A VPC's block is /16 to /28 (Amazon VPC User Guide); beyond /24 no three zones have a /28 of each kind."""

SMALLEST_SUBNET = 28
"""AWS's smallest subnet."""

LARGEST_SUBNET = 16
"""AWS's largest subnet."""

EXISTING_PREFIXES = range(16, 29)
"""A VPC's blocks are /16 to /28 (Amazon VPC User Guide, VPC CIDR blocks)."""

EXISTING_IPV6_PREFIXES = range(44, 61)
"""A VPC's blocks of IPv6 are /44 to /60 (Amazon VPC User Guide, VPC CIDR blocks)."""

WIDEST_PEER = 8
"""Shortest prefix of a block of IPv4 that one network has; a wider one would admit the world."""

RULES_OF_A_GROUP = 60
"""Inbound rules of a security group, unless AWS raised the quota (Amazon VPC User Guide, quotas)."""

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
    every = regions.every_zone(region)
    for path, zone in named:
        if zone[:-1] != region:
            alike = f"{region}{zone[-1]}"
            yield error(path, f"{zone} is not in {region}" + (f"; did you mean {alike}?" if alike in every else ""))
        elif zone not in every:
            yield error(path, f"{zone} does not exist; {region} has {', '.join(every)}")
    for zone, count in Counter(environment.aws.zones or []).items():
        if count > 1:
            yield error(("aws", "zones"), f"names {zone} {count} times")
    if existing and environment.aws.zones:
        yield error(("aws", "zones"), "is of no effect: the zones are those of network.existing.database_subnets")
    for kind, by_zone in given.items():
        for subnet in (subnet for subnet, count in Counter(by_zone.values()).items() if count > 1):
            times = list(by_zone.values()).count(subnet)
            yield error(("network", "existing", kind), f"names {subnet} {times} times")
    yield from _in_two_zones(given, region)
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


def _in_two_zones(given: dict[str, dict[str, str]], region: str) -> Iterator[Finding]:
    """Refuse one subnet that is said to be in different zones by the two kinds."""
    by_subnet = {subnet: zone for zone, subnet in given.get("database_subnets", {}).items()}
    for zone, subnet in given.get("private_subnets", {}).items():
        if zone[:-1] == region and by_subnet.get(subnet, zone) != zone:
            path: KeyPath = ("network", "existing", "private_subnets", zone)
            yield error(path, f"{subnet} is in {by_subnet[subnet]} by database_subnets; a subnet is in one zone")


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
    region = environment.aws.region
    if network.create is not None:
        yield from _created(network.create, topology.zones(environment.aws))
        yield from _not_offered(network.create.interface_endpoints, ("network", "create"), region)
    if network.existing is not None:
        yield from _given(network.existing)
        yield from _not_offered(network.existing.interface_endpoints, ("network", "existing"), region)


def _not_offered(services: list[str], path: KeyPath, region: str) -> Iterator[Finding]:
    for index, service in enumerate(services):
        if not vpc_endpoints.is_offered(region, service):
            yield error((*path, "interface_endpoints", index), f"{service} has no interface endpoint in {region}")
        elif not vpc_endpoints.is_known(region, service):
            yield warning(
                "service-of-the-region",
                (*path, "interface_endpoints", index),
                f"{service} is not known to be in {region}; where it is not, creating the endpoint fails: look with "
                f"aws ec2 describe-vpc-endpoint-services --region {region}",
            )


def _given(existing: ExistingNetwork) -> Iterator[Finding]:
    """Refuse blocks that no VPC has."""
    path: KeyPath = ("network", "existing")
    if existing.cidr and existing.cidrs:
        yield error(path, "has both cidr and cidrs; keep cidrs, with all of the VPC's blocks")
        return
    if all(map(is_ipv6, existing.blocks)):
        yield error(path, "needs cidr, the VPC's block, or cidrs, where it has several; every VPC has one of IPv4")
    blocks: list[tuple[KeyPath, str]] = [((*path, "cidr"), existing.cidr)] if existing.cidr else []
    blocks += [((*path, "cidrs", index), cidr) for index, cidr in enumerate(existing.cidrs)]
    for number, (place, cidr) in enumerate(blocks):
        prefixes = EXISTING_IPV6_PREFIXES if is_ipv6(cidr) else EXISTING_PREFIXES
        if int(cidr.partition("/")[2]) not in prefixes:
            first, last = prefixes.start, prefixes.stop - 1
            yield error(place, f"{cidr} is not between /{first} and /{last}, as every block of a VPC is")
        other = next((one for _, one in blocks[:number] if inside(one, [cidr]) or inside(cidr, [one])), None)
        if other is not None:
            yield error(place, f"{cidr} overlaps {other}, another block of the VPC")


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
        yield from misplaced
        # The usual places are compared where the given ones are right; the given ones with each other always.
        yield from _overlapping(create, spread, every=not misplaced)
    for service, count in Counter(create.interface_endpoints).items():
        if count > 1:
            yield error(("network", "create", "interface_endpoints"), f"names {service} {count} times")
    yield from _zones_of_endpoints(create, spread)


def _zones_of_endpoints(create: CreatedNetwork, spread: list[str]) -> Iterator[Finding]:
    for service, chosen in create.endpoint_zones.items():
        path: KeyPath = ("network", "create", "endpoint_zones", service)
        if service not in create.interface_endpoints:
            yield error(path, f"is of no effect: {service} is not among the interface_endpoints")
        for index, zone in enumerate(chosen):
            if spread and zone not in spread:
                yield error((*path, index), f"{zone} is not among the zones {', '.join(spread)}")
            elif zone in chosen[:index]:
                yield error((*path, index), f"{zone} is named twice")


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


def _overlapping(create: CreatedNetwork, spread: list[str], *, every: bool) -> Iterator[Finding]:
    given = {(kind, zone) for kind in topology.KINDS for zone in getattr(create.subnet_cidrs, kind) or {}}
    peers: dict[topology.PlacedSubnet, list[str]] = {}
    placed = [(subnet, IPv4Network(subnet.cidr)) for subnet in topology.subnets(create, spread)]
    for (one, block), (other, another) in combinations(placed, 2):
        if not every and not {(one.kind, one.zone), (other.kind, other.zone)} <= given:
            continue
        if block.overlaps(another):
            culprit, peer = (other, one) if (other.kind, other.zone) in given else (one, other)
            peers.setdefault(culprit, []).append(f"{peer.cidr}, the {peer.kind} subnet in {peer.zone}")
    for culprit, overlapped in peers.items():
        also = f" and {len(overlapped) - 1} more" if len(overlapped) > 1 else ""
        remedy = "" if (culprit.kind, culprit.zone) in given else f"; give it another by subnet_cidrs.{culprit.kind}"
        yield error((*SUBNETS, culprit.kind, culprit.zone), f"{culprit.cidr} overlaps {overlapped[0]}{also}{remedy}")


def access(environment: Environment, _: Names) -> Iterator[Finding]:
    """Refuse sources that are elsewhere than the file says, that have no way in, or that are given twice."""
    sources, blocks, dual = environment.database.access, environment.network.blocks, environment.network.is_dual
    if not blocks:
        return
    seen: dict[str, str] = {}
    for kind in ("cidrs", "peered"):
        by_key: dict[str, str] = getattr(sources, kind)
        for key, cidr in by_key.items():
            path: KeyPath = ("database", "access", kind, key)
            if is_ipv6(cidr) and not dual:
                yield error(
                    path, f"{cidr} has no way in: the database has no IPv6 addresses, unless network says ip: dual"
                )
            else:
                misplaced = _misplaced_source(environment, kind, cidr)
                if misplaced:
                    yield error(path, misplaced)
            if cidr in seen:
                yield error(path, f"{cidr} is admitted already as {seen[cidr]}")
            seen.setdefault(cidr, key)
    if sources.vpc_ipv6:
        path = ("database", "access", "vpc_ipv6")
        if not dual:
            yield error(path, "is of no effect: the database has no IPv6 addresses, unless network says ip: dual")
        elif environment.network.existing and not any(map(is_ipv6, blocks)):
            yield error(path, "needs the VPC's block of IPv6; name it in network.existing.cidrs beside the one of IPv4")
    groups: dict[str, str] = {}
    for key, group in environment.database.access.security_groups.items():
        if group in groups:
            yield error(
                ("database", "access", "security_groups", key),
                f"{group} is admitted already as {groups[group]}",
            )
        groups.setdefault(group, key)


def _misplaced_source(environment: Environment, kind: str, cidr: str) -> str | None:
    """Say what is wrong with where a block is, by the kind of source that the file takes it for."""
    network = environment.network
    # Of IPv6 a created VPC gets a block that nobody knows before, so it may be inside or not.
    known = [block for block in network.blocks if is_ipv6(block) == is_ipv6(cidr)]
    if kind == "cidrs":
        if inside(cidr, known) or (is_ipv6(cidr) and network.create):
            return None
        if not known:
            return f"{cidr} is in no block of the VPC that the file names; add the VPC's own to network.existing.cidrs"
        private = is_ipv6(cidr) or any(IPv4Network(cidr).subnet_of(block) for block in PRIVATE)
        peered = ", or say it under peered, if it is that of a network that is peered with the VPC" if private else ""
        return (
            f"{cidr} is not inside the VPC's block {' or '.join(known)}; reach the database through a security group"
            + peered
        )
    if inside(cidr, known):
        return f"{cidr} is inside the VPC; say it under cidrs"
    if not is_ipv6(cidr) and IPv4Network(cidr).prefixlen < WIDEST_PEER:
        return f"{cidr} is wider than any network that could be peered; it would admit the world"
    return None


def access_elsewhere(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn of peers with addresses of the internet, and of clients that would try IPv6 first and find it shut."""
    sources = environment.database.access
    for key, cidr in sources.peered.items():
        # Of IPv6 every network has public addresses.
        if not is_ipv6(cidr) and not any(IPv4Network(cidr).subnet_of(private) for private in PRIVATE):
            yield warning(
                "public-peer",
                ("database", "access", "peered", key),
                f"{cidr} is not a private block: who has such addresses on the internet does not reach the database, "
                "which has no public one; a peer does only if its network uses them inside",
            )
    if environment.network.is_dual and sources.cidrs and not sources.vpc_ipv6:
        named = [*sources.cidrs.values(), *sources.peered.values()]
        if not any(map(is_ipv6, named)):
            yield warning(
                "dual-stack-shut",
                ("database", "access", "cidrs"),
                "only blocks of IPv4 may connect, while the database's names have IPv6 addresses too: a client with "
                "both tries IPv6 first and waits; say vpc_ipv6: true, or admit the clients' blocks of IPv6",
            )


def access_rules(environment: Environment, _: Names) -> Iterator[Finding]:
    """Warn of more sources than a security group has rules for, unless AWS raised the quota."""
    access = environment.database.access
    clients = 0 if environment.access is None else 2 if environment.access.proxy.enabled else 1
    count = len(access.cidrs) + len(access.peered) + len(access.security_groups) + clients
    if count > RULES_OF_A_GROUP:
        yield warning(
            "many-sources",
            ("database", "access"),
            f"{count} sources are {count} rules of one security group; AWS allows {RULES_OF_A_GROUP}, unless it raised "
            "the account's quota",
        )


RULES: tuple[Rule, ...] = (
    Rule(
        "many-sources",
        "warning",
        "More sources of connections than a security group has rules by AWS's first quota",
        "The apply fails in the middle with RulesPerSecurityGroupLimitExceeded.",
        "Admit a group that several clients share, a larger block, or have the quota raised.",
    ),
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
        "Sources of connections that are elsewhere than the file says, or given twice",
        "A duplicate rule fails when applied, and whoever reads the file would take a peer's block for the VPC's.",
        "Admit a security group, a block inside the VPC under cidrs, or a peer's block under peered, once.",
    ),
    Rule(
        "public-peer",
        "warning",
        "A peered network's block that is not private",
        "The database has no public address: hosts of the internet do not reach it, whatever the rule says.",
        "Name the private block from which the peer connects; accept it where a network uses public addresses inside.",
    ),
    Rule(
        "dual-stack-shut",
        "warning",
        "A database with IPv6 addresses whose clients may connect by IPv4 alone",
        "A client with both protocols tries IPv6 first, and the group drops it without an answer, so each connection "
        "waits for its timeout.",
        "Say database.access.vpc_ipv6: true, or admit the clients' blocks of IPv6.",
    ),
    Rule(
        "endpoint-policies",
        "error",
        "Accounts that are trusted without effect",
        "A reader of the file would take them for admitted, or others for kept out.",
        "Remove what the message names.",
    ),
    Rule(
        "service-of-the-region",
        "warning",
        "A service that the region is not known to have",
        "AWS adds regions to the Data API now and then; in one without it, an endpoint for it cannot be created, and "
        "the switch of the cluster is refused.",
        "Look whether the region has it, and accept this then; otherwise leave it out.",
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
