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


def names() -> tuple[str, ...]:
    """Return the names of all known Regions, sorted."""
    return tuple(sorted(_regions()))
