"""AWS Regions in which Aurora PostgreSQL runs, their partitions and availability zone names."""

from dataclasses import dataclass
from functools import cache

from catalog import tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """One AWS Region.

    ``partition`` is ``aws``, ``aws-cn`` or ``aws-us-gov``; ``dns_suffix`` ends the Region's host names.
    ``zones`` are the three availability zone names that a new account there can use, or empty where
    accounts differ in the names they see. Names map to different data centres in different accounts,
    so a listed zone may still lack an instance class (us-east-1 has such zones).
    """

    name: str
    partition: str
    dns_suffix: str
    zones: tuple[str, ...]


_OTHER_ZONES = {
    "ap-northeast-1": "abcd",
    "ap-northeast-2": "abcd",
    "ca-central-1": "abd",
    "cn-north-1": "abcd",
    "us-east-1": "abcdef",
    "us-west-2": "abcd",
}
"""Letters of every zone that some account sees, where those are not a, b and c (Amazon EC2 User Guide, Regions and
zones; AWS's own tables of zone ids; read November 2026)."""

_DNS_SUFFIXES = {"aws": "amazonaws.com", "aws-us-gov": "amazonaws.com", "aws-cn": "amazonaws.com.cn"}


@cache
def _regions() -> dict[str, Region]:
    return {
        name: Region(
            name=name,
            partition=partition,
            dns_suffix=_DNS_SUFFIXES[partition],
            zones=tuple(name + letter for letter in letters),
        )
        for name, partition, letters in tables.rows("regions")
    }


def find(name: str) -> Region | None:
    """Return the Region of that name, or None."""
    return _regions().get(name)


def every_zone(name: str) -> tuple[str, ...]:
    """Return the names of all the availability zones that an account may see in a Region."""
    return tuple(name + letter for letter in _OTHER_ZONES.get(name, "abc"))


def names() -> tuple[str, ...]:
    """Return the names of all known Regions, sorted."""
    return tuple(sorted(_regions()))
