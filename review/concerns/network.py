"""Who can reach the database: rules of security groups that are widened, narrowed, or follow another port."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from catalog import effects
from catalog.effects import UNKNOWN
from findings.rule import Rule
from review.context import CLUSTER, INSTANCE
from review.finding import NOW, Found
from review.words import UNKNOWN_TEXT, code

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from catalog.effects import Effect, Severity
    from review.change import Change
    from review.context import Context

GROUP: Final = "aws_security_group"
DEFAULT_GROUP: Final = "aws_default_security_group"
INGRESS: Final = "aws_vpc_security_group_ingress_rule"
RULE: Final = "aws_security_group_rule"
PREFIX_LIST: Final = "aws_ec2_managed_prefix_list"
PREFIX_ENTRY: Final = "aws_ec2_managed_prefix_list_entry"

CLAIMS: Final = frozenset(
    {
        *((INGRESS, key) for key in ("cidr_ipv4", "cidr_ipv6", "from_port", "to_port", "ip_protocol")),
        *((INGRESS, key) for key in ("referenced_security_group_id", "prefix_list_id", "description")),
        *((kind, "ingress") for kind in (GROUP, DEFAULT_GROUP)),
        *((PREFIX_LIST, key) for key in ("entry", "max_entries", "version")),
        *((PREFIX_ENTRY, key) for key in ("cidr", "description")),
    }
)

Network: TypeAlias = IPv4Network | IPv6Network

WIDE: Final = 16
"""A block with fewer leading bits than this is more than a VPC."""


@dataclass(frozen=True, slots=True)
class Admission:
    """Who is admitted: a block, or something that is named; and to which ports."""

    source: str
    ports: tuple[int, int]
    known: bool = True

    @property
    def network(self) -> Network | None:
        """The block, if it is one."""
        try:
            return ip_network(self.source, strict=False)
        except ValueError:
            return None

    @property
    def public(self) -> bool:
        """Whether most of the internet is in it."""
        network = self.network
        return network is not None and network.prefixlen < (8 if network.version == 4 else 16)  # noqa: PLR2004 - IPv4

    def within(self, other: Admission) -> bool:
        """Whether the other admits everybody whom this one does."""
        ports = other.ports[0] <= self.ports[0] and self.ports[1] <= other.ports[1]
        return ports and self._source_within(other)

    def _source_within(self, other: Admission) -> bool:
        mine, its = self.network, other.network
        if isinstance(mine, IPv4Network) and isinstance(its, IPv4Network):
            return mine.subnet_of(its)
        if isinstance(mine, IPv6Network) and isinstance(its, IPv6Network):
            return mine.subnet_of(its)
        return self.source == other.source

    def reaches(self, port: int) -> bool:
        """Whether a port is open to it."""
        return self.ports[0] <= port <= self.ports[1]

    def __str__(self) -> str:
        first, last = self.ports
        ports = (
            "every port"
            if (first, last) == ALL_PORTS
            else f"port {first}"
            if first == last
            else f"ports {first}-{last}"
        )
        return f"{code(self.source) if self.known else UNKNOWN_TEXT} to {code(ports)}"


def covered(one: Admission, others: list[Admission]) -> bool:
    """Whether others admit everybody whom this one does: one of them, or several blocks together."""
    if any(one.within(other) for other in others):
        return True
    together = [other for other in others if other.ports[0] <= one.ports[0] and one.ports[1] <= other.ports[1]]
    joined = [
        *collapse_addresses(net for other in together if isinstance(net := other.network, IPv4Network)),
        *collapse_addresses(net for other in together if isinstance(net := other.network, IPv6Network)),
    ]
    return any(one.within(Admission(str(net), one.ports)) for net in joined)


ALL_PORTS: Final = (0, 65535)

POSTGRESQL: Final = 5432

WEB: Final = ((80, 80), (443, 443))
"""Ports that are meant to be public, where they are not the database's."""


def admissions(context: Context) -> Iterator[Found]:
    """Yield who is admitted that was not, and who is no longer."""
    groups = {change.address: change for change in context.of_type(GROUP, DEFAULT_GROUP)}
    fresh = any(change.kind == "create" for change in groups.values()) and not any(
        change.before is not None for change in groups.values()
    )
    new_ids = {str(change.new("id")) for change in groups.values() if change.kind == "create"}
    for change in context.changes:
        if change.deposed is not None or not change.touched:
            continue
        if change.type == INSTANCE and change.kind in ("create", "replace", "abandon"):
            yield from _public(change)
        if change.type == "aws_lambda_function_url" and change.new("authorization_type") == "NONE":
            yield from _open_url(change)
        if change.type in (PREFIX_LIST, PREFIX_ENTRY) and change.kind in ("create", "update", "replace"):
            yield from _prefixes(context, change)
        if change.type in (INGRESS, RULE):
            # A rule of a group that is made in the same plan admits nobody to what runs already.
            group = change.new("security_group_id")
            created = (group is UNKNOWN or str(group) in new_ids) and (fresh or group is UNKNOWN)
            yield from _rule(context, change, of_new_group=created and change.kind == "create")
        elif change.type in (GROUP, DEFAULT_GROUP) and change.kind in ("create", "update", "replace"):
            yield from _inline(context, change)


def _public(change: Change) -> Iterator[Found]:
    if change.new("publicly_accessible") is True and change.old("publicly_accessible") is not True:
        yield _found(
            change,
            "public-instance",
            "access-widened",
            "critical",
            f"{code('publicly_accessible')}: the new instance gets a public address",
            remedy="Keep it private; let people in by a tunnel.",
        )


def _open_url(change: Change) -> Iterator[Found]:
    if change.kind in ("create", "update", "replace") and change.old("authorization_type") != "NONE":
        yield _found(
            change,
            "open-to-the-internet",
            "access-widened",
            "critical",
            f"{code('authorization_type')}: {code('NONE')}: everybody may call the function",
            remedy="Let IAM decide who may call it.",
        )


def _rule(context: Context, change: Change, *, of_new_group: bool) -> Iterator[Found]:
    if change.type == RULE and "ingress" not in (change.old("type"), change.new("type")):
        return
    old = list(_of_rule(change.before, None)) if change.before is not None and change.kind != "create" else []
    new = list(_of_rule(change.after, change.unknown)) if change.after is not None else []
    if change.kind in ("create", "update", "replace") and change.differences + ((None,) if not old else ()):
        yield from _widened(context, change, old, new, of_new_group=of_new_group)
    if change.kind in ("update", "replace"):
        yield from _narrowed(context, change, old, new)


def _inline(context: Context, change: Change) -> Iterator[Found]:
    if change.kind != "create" and not change.differs("ingress"):
        return
    old = [one for block in _blocks(change.before, "ingress") for one in _of_rule(block, None)]
    new = [one for block in _blocks(change.after, "ingress") for one in _of_rule(block, None)]
    yield from _widened(context, change, old, new, of_new_group=change.kind == "create")
    # Of rules that are known after the apply only, nobody can say that they no longer admit somebody.
    if change.kind != "create" and change.new("ingress") is not UNKNOWN:
        yield from _narrowed(context, change, old, new)


def _prefixes(context: Context, change: Change) -> Iterator[Found]:
    """Yield who comes into a list of blocks that rules name, or leaves it."""
    name = change.now("id") if change.type == PREFIX_LIST else change.now("prefix_list_id")
    ports = list(_ports_of_list(context, name))
    if change.type == PREFIX_LIST and change.kind == "create" and not ports:
        return
    old, new = _listed(change.before if change.kind != "create" else None), _listed(change.after)
    for block in new:
        sides = [Admission(one, ALL_PORTS) for one in old]
        if any(Admission(block, ALL_PORTS).within(one) for one in sides):
            continue
        one = Admission(block, ports[0] if ports else ALL_PORTS)
        if one.public or ports:
            yield _found(
                change,
                "open-to-the-internet" if one.public else "ingress-widened",
                "access-widened",
                ("critical" if ports else "medium") if one.public else "medium",
                f"{code(block)} comes into the list, and is admitted wherever a rule names it"
                + ("" if ports else "; the plan does not show which do"),
                remedy="Make sure that all of them are meant.",
            )
    for block in old if change.kind == "update" and change.type == PREFIX_LIST else ():
        if not any(Admission(block, ALL_PORTS).within(Admission(one, ALL_PORTS)) for one in new):
            yield _found(
                change,
                "ingress-narrowed",
                "connections-drop",
                "medium",
                f"{code(block)} leaves the list, and is no longer admitted by the rules that name it",
                remedy="Make sure that none of them is still in use.",
            )


def _listed(side: Mapping[str, Any] | None) -> list[str]:
    """Return the blocks of a list, or of an entry."""
    found = [block.get("cidr") for block in _blocks(side, "entry")] + [(side or {}).get("cidr")]
    return [one for one in found if isinstance(one, str)]


def _ports_of_list(context: Context, name: Any) -> Iterator[tuple[int, int]]:
    """Yield the database's ports that rules open to a list of blocks."""
    for change in context.of_type(INGRESS, RULE, GROUP, DEFAULT_GROUP):
        sides = _blocks(change.after, "ingress") if change.type in (GROUP, DEFAULT_GROUP) else [change.after]
        for side in sides:
            for one in _of_rule(side, None):
                if isinstance(name, str) and one.source == name and _of_the_database(context, change, one):
                    yield one.ports


def _blocks(side: Mapping[str, Any] | None, name: str) -> list[dict[str, Any]]:
    value = (side or {}).get(name)
    return [block for block in value if isinstance(block, dict)] if isinstance(value, list) else []


def _of_rule(side: Mapping[str, Any] | None, unknown: Any) -> Iterator[Admission]:
    """Yield whom a rule, or a block of a group, admits."""
    if side is None:
        return
    ports = _ports(side)
    found = False
    for key in ("cidr_ipv4", "cidr_ipv6", "referenced_security_group_id", "prefix_list_id", "source_security_group_id"):
        if isinstance(side.get(key), str) and side[key]:
            found = True
            yield Admission(side[key], ports)
    for key in ("cidr_blocks", "ipv6_cidr_blocks", "prefix_list_ids", "security_groups"):
        for value in side.get(key) or () if isinstance(side.get(key), list) else ():
            if isinstance(value, str):
                found = True
                yield Admission(value, ports)
    if side.get("self") is True:
        found = True
        yield Admission("itself", ports)
    if not found and isinstance(unknown, dict) and any(unknown.get(key) for key in unknown if key != "id"):
        yield Admission("", ports, known=False)


def _ports(side: Mapping[str, Any]) -> tuple[int, int]:
    protocol = str(side.get("ip_protocol") or side.get("protocol") or "")
    first, last = side.get("from_port"), side.get("to_port")
    if protocol in ("-1", "all") or not _is_port(first) or not _is_port(last) or (first, last) == (-1, -1):
        return ALL_PORTS
    return int(first or 0), int(last or 0)


def _is_port(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -1 <= value <= ALL_PORTS[1]


def _of_the_database(context: Context, change: Change, one: Admission) -> bool:
    """Whether a group is a cluster's or a proxy's, or may be: by its id, or else by the ports that it opens."""
    group = change.new("security_group_id") if change.type in (INGRESS, RULE) else change.now("id")
    used: set[Any] = set()
    for user in context.of_type(CLUSTER, "aws_db_proxy", "aws_db_proxy_endpoint"):
        for side in (user.old("vpc_security_group_ids"), user.new("vpc_security_group_ids")):
            used |= set(map(str, side)) if isinstance(side, list) else set()
    if used and isinstance(group, str):
        return group in used
    ports = {user.now("port") for user in context.of_type(CLUSTER)} | {POSTGRESQL}
    return any(isinstance(port, int) and one.reaches(port) for port in ports)


def _moved_ports(context: Context) -> set[int]:
    """Return the ports that a cluster has after this plan, or another one that is reviewed with it."""
    clusters = [one for plan in (context.plan, *context.others) for one in plan.changes if one.type == CLUSTER]
    return {one.new("port") for one in clusters if one.kind == "update" and one.differs("port")} - {UNKNOWN, None}


def _widened(
    context: Context, change: Change, old: list[Admission], new: list[Admission], *, of_new_group: bool
) -> Iterator[Found]:
    moved = _moved_ports(context)
    for one in new:
        if covered(one, old):
            continue
        follows = [port for port in moved if one.reaches(port)] and any(one.source == before.source for before in old)
        if not _of_the_database(context, change, one):
            if one.public and one.ports not in WEB:
                yield _found(
                    change,
                    "open-to-the-internet",
                    "access-widened",
                    "medium",
                    f"{one} is admitted: that is everybody, or nearly; it seems not to be the database's group",
                    remedy="Name the security groups or the blocks that are meant.",
                )
        elif one.public:
            yield _found(
                change,
                "open-to-the-internet",
                "access-widened",
                "critical",
                f"{one} is admitted: that is everybody, or nearly",
                remedy="Name the security groups or the blocks that are meant.",
            )
        elif follows:
            yield _found(change, "ingress-follows", "none", "none", f"{one}: it follows the cluster's port", remedy="")
        elif not of_new_group:
            network = one.network
            wide = network is not None and network.version == 4 and network.prefixlen < WIDE  # noqa: PLR2004 - IPv4
            yield _found(
                change,
                "ingress-widened",
                "access-widened",
                "high" if wide else "medium",
                f"{one} is admitted, and was not before",
                remedy="Make sure that all of them are meant.",
            )


def _narrowed(context: Context, change: Change, old: list[Admission], new: list[Admission]) -> Iterator[Found]:
    moved = _moved_ports(context)
    for one in old:
        if covered(one, new):
            continue
        if any(port for port in moved for after in new if after.source == one.source and after.reaches(port)):
            continue
        if any(not after.known for after in new):
            continue
        yield _found(
            change,
            "ingress-narrowed",
            "connections-drop",
            "medium",
            f"{one} is no longer admitted as before: new connections are refused, open ones end when they are idle",
            remedy="Make sure that none of them is still in use.",
        )


def _found(change: Change, rule: str, effect: Effect, severity: Severity, because: str, *, remedy: str) -> Found:
    return Found(
        rule=rule,
        severity=severity,
        effect=effect,
        when=NOW,
        because=because,
        remedy=remedy,
        source=effects.source("security-groups"),
        address=change.address,
    )


RULES: Final = (
    Rule(
        "public-instance",
        "error",
        "A new instance with a public address",
        "It can be reached from everywhere that its security groups admit.",
        "Keep it private; let people in by a tunnel.",
    ),
    Rule(
        "open-to-the-internet",
        "error",
        "A security group that admits everybody",
        "A database is found within minutes.",
        "Name the security groups or the blocks that are meant.",
    ),
    Rule(
        "ingress-widened",
        "warning",
        "Somebody is admitted who was not",
        "They can reach the database.",
        "Make sure that all of them are meant.",
    ),
    Rule(
        "ingress-narrowed",
        "warning",
        "Somebody is no longer admitted",
        "New connections are refused.",
        "Make sure that none is still in use.",
    ),
    Rule(
        "ingress-follows",
        "note",
        "A rule that follows the cluster's port",
        "Without it nobody could connect after the port has changed.",
        "Nothing has to be done.",
    ),
)
