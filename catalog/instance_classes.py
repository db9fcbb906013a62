"""DB instance classes of Aurora PostgreSQL: size, where they are offered, which versions run on them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Literal, cast

from catalog import engine_versions, tables
from catalog.engine_versions import Feature

SERVERLESS = "db.serverless"
"""The class of Aurora Serverless v2 instances: sized in ACU, offered in every known Region."""

MEBIBYTE = 1024**2
GIBIBYTE = 1024**3

_FEATURE_BY_FAMILY = {
    "r6gd": Feature.CLASS_R6GD,
    "r6id": Feature.CLASS_R6ID,
    "r7g": Feature.CLASS_R7G,
    "r7i": Feature.CLASS_R7I,
    "r8a": Feature.CLASS_R8A,
    "r8g": Feature.CLASS_R8G,
    "r8gd": Feature.CLASS_R8GD,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceClass:
    """One provisioned DB instance class.

    ``memory_gib`` is the nominal memory in GiB; ``local_storage_gib`` the GiB for temporary files and
    logs, None where AWS publishes none. ``burstable`` classes earn and spend CPU credits.
    ``successor`` is the same size in the next newer family that has it, None for the newest.
    """

    name: str
    vcpu: int
    memory_gib: float
    local_storage_gib: float | None
    family: str
    burstable: bool
    architecture: Literal["x86_64", "arm64"]
    successor: str | None

    @property
    def generation(self) -> int:
        """The generation of the hardware: 7 of ``db.r7g.large``; not to be compared between letters."""
        return int(re.sub(r"\D", "", self.family)[0])


class Ability(StrEnum):
    """What instances of some classes cannot do; why and which is in ``data/instance_limitations.tsv``."""

    ACTIVITY_STREAMS = "activity_streams"
    AUTO_SCALING = "auto_scaling"
    CLUSTER_CACHE_MANAGEMENT = "cluster_cache_management"
    DATA_API = "data_api"
    DEDICATED_TENANCY = "dedicated_tenancy"
    HUGE_PAGES = "huge_pages"
    ON_DEMAND_ANALYSIS = "on_demand_analysis"
    OPTIMIZED_READS = "optimized_reads"
    VOLUME_40_TB = "volume_40_tb"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Family:
    architecture: Literal["x86_64", "arm64"]
    burstable: bool
    successor: str | None
    last_major: int | None


@cache
def _families() -> dict[str, _Family]:
    return {
        name: _Family(
            architecture=cast("Literal['x86_64', 'arm64']", architecture),
            burstable=burstable == "yes",
            successor=successor or None,
            last_major=int(last_major) if last_major else None,
        )
        for name, architecture, burstable, successor, last_major in tables.rows("instance_families")
    }


@cache
def _classes() -> dict[str, InstanceClass]:
    table = tables.rows("instance_classes")
    every = {row[0] for row in table}
    families = _families()
    classes = {}
    for name, vcpu, memory, local_storage in table:
        _, family, size = name.split(".")
        replacement = families[family].successor
        while replacement and f"db.{replacement}.{size}" not in every:
            replacement = families[replacement].successor
        classes[name] = InstanceClass(
            name=name,
            vcpu=int(vcpu),
            memory_gib=float(memory),
            local_storage_gib=float(local_storage) if local_storage else None,
            family=family,
            burstable=families[family].burstable,
            architecture=families[family].architecture,
            successor=f"db.{replacement}.{size}" if replacement else None,
        )
    return classes


@cache
def _offered() -> dict[str, frozenset[str]]:
    offered: dict[str, set[str]] = {}
    for family, sizes, regions in tables.rows("instance_offerings"):
        classes = {f"db.{family}.{size}" for size in sizes.split(" ")}
        for region in regions.split(" "):
            offered.setdefault(region, {SERVERLESS}).update(classes)
    return {region: frozenset(classes) for region, classes in offered.items()}


def find(name: str) -> InstanceClass | None:
    """Return the provisioned class of that name, or None; ``db.serverless`` has no fixed size."""
    return _classes().get(name)


def names() -> tuple[str, ...]:
    """Return the names of all provisioned classes, by family and ascending size."""
    return tuple(_classes())


def offered(region: str) -> frozenset[str]:
    """Return the classes that the Region offers, ``db.serverless`` included; empty if it is unknown."""
    return _offered().get(region, frozenset())


@cache
def _limitations() -> dict[str, dict[Ability, str]]:
    limitations: dict[str, dict[Ability, str]] = {}
    for ability, families, reason in tables.rows("instance_limitations"):
        for family in families.split(" "):
            limitations.setdefault(family, {})[Ability(ability)] = reason
    return limitations


def cannot(name: str) -> Mapping[Ability, str]:
    """Return what an instance of the class cannot do, and why; empty for a class that is not known."""
    return MappingProxyType(_limitations().get(name.split(".")[1] if name.count(".") else "", {}))


def floor(name: str, major: int) -> str | None:
    """Return the lowest minor of that major that runs on the class, or None if none does."""
    if name == SERVERLESS:
        return engine_versions.floor(Feature.SERVERLESS_V2, major)
    instance_class = find(name)
    if instance_class is None or major not in engine_versions.majors():
        return None
    last_major = _families()[instance_class.family].last_major
    if last_major is not None and major > last_major:
        return None
    feature = _FEATURE_BY_FAMILY.get(instance_class.family)
    return engine_versions.floor(feature, major) if feature else engine_versions.first(major)


def newest_replacement(name: str, *, region: str, version: str) -> str | None:
    """Return the newest class after that one which the Region offers and the version runs on, if any."""
    newest = None
    instance_class = find(name)
    major = engine_versions.major_of(version)
    while instance_class is not None and instance_class.successor is not None:
        candidate = instance_class.successor
        lowest = floor(candidate, major)
        if candidate in offered(region) and lowest is not None and engine_versions.at_least(version, lowest):
            newest = candidate
        instance_class = find(candidate)
    return newest


def usable_memory_bytes(memory_gib: float) -> int:
    """Estimate the formula variable ``DBInstanceClassMemory`` of an instance with that nominal memory.

    AWS does not publish the variable, but does publish what its default for ``max_connections``,
    ``DBInstanceClassMemory/9531392``, comes to on Aurora Serverless v2, where 1 ACU is about 2 GiB:
    189 at 1 ACU, 823 at 4, 1669 at 8 and 3360 at 16 (Amazon Aurora User Guide, "Performance and scaling
    for Aurora Serverless v2"). The line 0.9385 x nominal - 206 MiB meets all four within 1 %. Outside
    2-32 GiB it is an extrapolation.
    """
    return max(0, int(memory_gib * GIBIBYTE * 0.9385) - 206 * MEBIBYTE)
