"""What an environment's settings amount to: instances, zones, subnets, each derived once from stable keys."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Network
from typing import TYPE_CHECKING, Literal, TypeAlias

from catalog import instance_classes, regions
from settings import windows
from settings.model import SERVERLESS
from settings.remembered import remembered

if TYPE_CHECKING:
    from collections.abc import Sequence

    from settings.model import Aws, ConsumerAccess, CreatedNetwork, Database, Environment

GIB_PER_ACU = 2
"""Memory of one Aurora capacity unit (Aurora User Guide, how Aurora Serverless v2 works)."""

SubnetKind: TypeAlias = Literal["private", "isolated", "public"]

LETTERS = "abcdefgh"
"""Letters of availability zones; a zone's subnets keep their places whatever other zones are used."""

KINDS: tuple[SubnetKind, ...] = ("private", "isolated", "public")
"""Order of the kinds of subnets in a VPC's block; the fourth quarter stays free."""

SMALL_VPC = 24
"""Prefix from which on a 32nd of the VPC's block is smaller than AWS's smallest subnet, /28."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedInstance:
    """An instance with nothing left to decide."""

    key: str
    instance_class: str
    promotion_tier: int
    zone: str | None
    maintenance_window: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What an instance has to work with; a serverless one at its maximum capacity, from which Aurora derives."""

    name: str
    usable_memory: int
    """Estimated bytes that PostgreSQL can use (``instance_classes.usable_memory_bytes``)."""
    vcpu: int
    serverless: bool

    @property
    def variables(self) -> dict[str, int]:
        """Values of the variables in AWS's formulas."""
        return {"DBInstanceClassMemory": self.usable_memory, "DBInstanceVCPU": self.vcpu}


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedSubnet:
    """A subnet with nothing left to decide."""

    kind: SubnetKind
    zone: str
    cidr: str
    place: int
    """Its number among the 64-bit networks of the VPC's block of IPv6; follows from kind and letter alone."""

    @property
    def letter(self) -> str:
        """The zone's letter, which is the subnet's stable key."""
        return self.zone[-1]


def zones(aws: Aws) -> list[str]:
    """Return the zones to spread over: the file's, or the region's usual three (may be empty)."""
    if aws.zones:
        return sorted(aws.zones)
    region = regions.find(aws.region)
    return list(region.zones) if region else []


def database_zones(environment: Environment) -> list[str]:
    """Return the zones that have a database subnet, in order."""
    existing = environment.network.existing
    return sorted(existing.database_subnets) if existing else zones(environment.aws)


def aws_class(name: str) -> str:
    """Return AWS's name of an instance class."""
    return instance_classes.SERVERLESS if name == SERVERLESS else name


@remembered
def instances(environment: Environment) -> list[PlacedInstance]:
    """Return the instances in the file's order.

    A numbered instance's zone follows from its number alone, so that adding or removing another one never
    moves it (a changed zone replaces the instance). A named instance goes where the file says.
    """
    database = environment.database
    spread = database_zones(environment)
    _, minutes = windows.weekly(database.maintenance.window)
    placed = []
    for key, own in database.instances.items():
        by_number = spread[(int(key) - 1) % len(spread)] if key.isdecimal() and spread else None
        placed.append(
            PlacedInstance(
                key=key,
                instance_class=aws_class(own.instance_class or database.instance_class),
                promotion_tier=1 if own.promotion_tier is None else own.promotion_tier,
                zone=own.zone or by_number,
                maintenance_window=own.maintenance_window
                or windows.shifted(database.maintenance.window, _turn(key) * max(minutes, 30)),
            )
        )
    return placed


def in_order_of_promotion(placed: Sequence[PlacedInstance]) -> list[PlacedInstance]:
    """Return instances by promotion tier; within one by key, so that their order in the file means nothing."""
    return sorted(placed, key=lambda one: (one.promotion_tier, len(one.key) if one.key.isdecimal() else 0, one.key))


def size(environment: Environment, instance_class: str) -> Size | None:
    """Return the size of AWS's class, or None if it is unknown or a capacity is missing."""
    known = instance_classes.find(instance_class)
    if known:
        usable = instance_classes.usable_memory_bytes(known.memory_gib)
        return Size(name=known.name, usable_memory=usable, vcpu=known.vcpu, serverless=False)
    capacity = environment.database.capacity
    if capacity is None or instance_class != instance_classes.SERVERLESS:
        return None
    usable = instance_classes.usable_memory_bytes(capacity.maximum * GIB_PER_ACU)
    # AWS names no number of vCPUs; no formula of Aurora's own that is planned here uses it.
    return Size(name=f"serverless at {capacity.maximum:g} ACU", usable_memory=usable, vcpu=2, serverless=True)


@remembered
def sizes(environment: Environment) -> list[Size]:
    """Return each size among the environment's instances once, largest memory first."""
    found = {placed.instance_class: size(environment, placed.instance_class) for placed in instances(environment)}
    return sorted((one for one in found.values() if one), key=lambda one: (-one.usable_memory, one.name))


def _turn(key: str) -> int:
    """Return when an instance has its turn in maintenance; like its zone it follows from its key alone.

    Numbered instances come in their order, named ones after sixteen of those, in one of eight turns.
    """
    return int(key) if key.isdecimal() else 17 + zlib.crc32(key.encode()) % 8


def is_serverless(database: Database) -> bool:
    """Whether any instance is serverless."""
    return any((own.instance_class or database.instance_class) == SERVERLESS for own in database.instances.values())


@cache
def _places(cidr: str) -> tuple[str, ...]:
    block = IPv4Network(cidr)
    return tuple(map(str, block.subnets(prefixlen_diff=5 if block.prefixlen < SMALL_VPC else 4)))


def subnets(network: CreatedNetwork, spread: list[str]) -> list[PlacedSubnet]:
    """Return the created network's subnets.

    The VPC's block has 32 equal places: eight letters of zones for each of the kinds, and eight spare. A
    subnet's place depends on its kind and its zone's letter only, so no other choice ever renumbers it. A /24 has
    room for 16 of AWS's smallest subnets, four of each kind: zones a and e, b and f and so on share a place, so that
    one of them has to be given another.
    """
    places = _places(network.cidr)
    letters = len(places) // 4
    wanted = KINDS if network.nat != "none" else KINDS[:2]
    placed = []
    for kind in wanted:
        own: dict[str, str] = getattr(network.subnet_cidrs, kind) or {}
        for zone in spread:
            number, letter = KINDS.index(kind), LETTERS.index(zone[-1])
            usual = places[number * letters + letter % letters]
            place = number * len(LETTERS) + letter
            placed.append(PlacedSubnet(kind=kind, zone=zone, cidr=own.get(zone, usual), place=place))
    return placed


def takes_final_snapshot(environment: Environment) -> bool:
    """Whether a destroy takes a last snapshot: as the file says, or where it is protected."""
    said = environment.database.backup.final_snapshot
    return environment.protected if said is None else said


def admitted_blocks(environment: Environment) -> dict[tuple[str, str], str]:
    """Return the blocks that may connect, by kind and key: the VPC's own and its peers', as the file names them."""
    sources = environment.database.access
    return {
        **{("cidr", key): block for key, block in sources.cidrs.items()},
        **{("peered", key): block for key, block in sources.peered.items()},
    }


def called_services(access: ConsumerAccess) -> list[str]:
    """Return the AWS services that the function calls from inside the VPC, by interface endpoint.

    Lambda sends logs and traces from outside of it (Lambda Developer Guide, source function ARN; read November
    2026), and tokens of IAM authentication are made without a call.
    """
    return ["ssm", "secretsmanager"] if access.master_secret else ["ssm"]
