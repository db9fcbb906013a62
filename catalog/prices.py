"""On-demand list prices of what an environment is billed for, by Region, in USD.

The table ``data/prices.tsv`` names the source of each price that was read somewhere; the others are marked there, and
here are not ``confirmed``. Regions that it has no column for have no prices.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Final

from catalog import instance_classes, tables

HOURS: Final = 730
"""Hours of a month, as AWS's own calculator counts them (AWS Pricing Calculator User Guide)."""

AS_OF: Final = date(2026, 11, 26)
"""The day on which the table's sources were read."""

MONTHS_TO_REFRESH: Final = 6
"""Months after which prices count as old; AWS changes few of them in a year, and adds classes in every one."""

IO_OPTIMIZED_INSTANCE: Final = Decimal("1.3")
"""What an instance of a cluster with I/O-Optimized costs, of its price with standard storage: 0.338 to 0.26 for
db.r6g.large in us-east-1, and 0.407 to 0.313 in ap-northeast-2 (AWS Price List of AmazonRDS, 2026-06)."""

ROTATIONS_OF_A_KEY: Final = 2
"""Rotations of a KMS key that add to its price, each as much as the key itself (aws.amazon.com/kms/pricing, 2026)."""

PROXY_LEAST_VCPU: Final = 2
"""Fewest vCPUs that RDS Proxy is billed for, of an instance (aws.amazon.com/rds/proxy/pricing, 2026)."""

PROXY_LEAST_ACU: Final = 8
"""Fewest ACUs that RDS Proxy is billed for, of a serverless instance (the same)."""

_MONTHS_OF_A_YEAR = 12
_MARK = "~"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What one unit of an item costs in one Region, in USD."""

    item: str
    amount: Decimal
    unit: str
    confirmed: bool
    """Whether a public page or price list has it; otherwise it follows from the same item elsewhere."""


@cache
def _table() -> dict[tuple[str, str], Price]:
    _, _, *regions = tables.header("prices")
    return {
        (region, item): Price(
            item=item, amount=Decimal(cell.removeprefix(_MARK)), unit=unit, confirmed=not cell.startswith(_MARK)
        )
        for item, unit, *cells in tables.rows("prices")
        for region, cell in zip(regions, cells, strict=True)
    }


def regions() -> tuple[str, ...]:
    """Return the Regions that prices are known of, sorted."""
    return tuple(sorted(tables.header("prices")[2:]))


def find(region: str, item: str) -> Price | None:
    """Return the price of an item in a Region, or None if it is not known."""
    return _table().get((region, item))


def of_class(region: str, name: str, *, io_optimized: bool = False) -> Price | None:
    """Return the hourly price of an instance class, or None if none of its family is known in the Region."""
    wanted = instance_classes.find(name)
    known = _of_family(region, wanted.family) if wanted else None
    if wanted is None or known is None:
        return None
    price, memory = known
    amount = price.amount * Decimal(str(wanted.memory_gib)) / memory * (IO_OPTIMIZED_INSTANCE if io_optimized else 1)
    return replace(price, item=name, amount=amount.normalize())


@cache
def _of_family(region: str, family: str) -> tuple[Price, Decimal] | None:
    for item, *_ in tables.rows("prices"):
        known = instance_classes.find(item)
        if known is not None and known.family == family:
            price = find(region, item)
            return (price, Decimal(str(known.memory_gib))) if price else None
    return None


def due() -> date:
    """Return the day from which the prices count as old."""
    months = AS_OF.year * _MONTHS_OF_A_YEAR + AS_OF.month - 1 + MONTHS_TO_REFRESH
    # Every month has a 28th.
    return date(months // _MONTHS_OF_A_YEAR, months % _MONTHS_OF_A_YEAR + 1, min(AS_OF.day, 28))


def reminder(today: date) -> str | None:
    """Return a line that says the prices are old on that day, or None while they are not."""
    if today < due():
        return None
    return (
        f"the prices are of {AS_OF}, over {MONTHS_TO_REFRESH} months old: hold what they come to against "
        "calculator.aws, and update the project or its catalog/data/prices.tsv"
    )
