"""CloudWatch metrics: which ones something of an environment feeds, in which unit and under which dimensions.

An alarm on a metric that nobody feeds is green for ever, and CloudWatch accepts it without a word.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, cast

from catalog import tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Fed: TypeAlias = Literal[
    "always",
    "serverless",
    "provisioned",
    "burstable",
    "readers",
    "insights",
    "optimized-reads",
    "logical-replication",
    "proxy",
    "function",
]
"""When a metric has data: ``readers`` from the second instance on, ``insights`` only while there is load."""

RDS: Final = "AWS/RDS"

LAMBDA: Final = "AWS/Lambda"

FUNCTION: Final = "DatabaseAccess"
"""Namespace of what the function database-access measures itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """A metric as its feeder publishes it."""

    namespace: str
    name: str
    unit: str
    """CloudWatch's own word: latencies of reads and writes are in Seconds, that of commits in Milliseconds."""
    dimensions: frozenset[frozenset[str]]
    """Sets of dimensions, by name, under which there are data."""
    feeder: str
    fed: Fed
    source: str


@cache
def _metrics() -> Mapping[tuple[str, str, str], Metric]:
    return MappingProxyType(
        {
            (namespace, name, feeder): Metric(
                namespace=namespace,
                name=name,
                unit=unit,
                dimensions=frozenset(frozenset(one.split("+")) for one in dimensions.split(" ")),
                feeder=feeder,
                fed=cast("Fed", fed),
                source=source,
            )
            for namespace, name, unit, dimensions, feeder, fed, source in tables.rows("metrics")
        }
    )


def every() -> tuple[Metric, ...]:
    """Return every metric that is known to be fed."""
    return tuple(_metrics().values())


def find(namespace: str, name: str, dimensions: Iterable[str]) -> Metric | None:
    """Return the metric that has data under exactly these dimensions, or None if nobody feeds it so."""
    wanted = frozenset(dimensions)
    return next(
        (
            metric
            for metric in _metrics().values()
            if (metric.namespace, metric.name) == (namespace, name) and wanted in metric.dimensions
        ),
        None,
    )


@cache
def never_fed() -> Mapping[str, tuple[str, str]]:
    """Return metrics that Aurora PostgreSQL never feeds: whose each is, and what to watch instead."""
    return MappingProxyType({name: (owner, instead) for name, owner, instead in tables.rows("metrics_never_fed")})
