"""How old the catalogue is: AWS adds and retires versions and classes every few weeks."""

from dataclasses import dataclass
from datetime import date
from functools import cache

from catalog import tables

MONTHS_TO_REFRESH = 6
"""Months after which the catalogue is to be rebuilt; AWS supports a minor version for a year or more."""

_MONTHS_OF_A_YEAR = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package that facts were taken from, and the day of that version's release."""

    name: str
    version: str
    date: date
    licence: str


@cache
def packages() -> dict[str, Package]:
    """Return the packages that the tables were rebuilt from or compared with, by name."""
    return {
        name: Package(name=name, version=version, date=date.fromisoformat(day), licence=licence)
        for name, version, day, licence, _ in tables.rows("packages")
    }


def due() -> date:
    """Return the day from which versions and classes count as old: MONTHS_TO_REFRESH after their source's."""
    taken = packages()["cfn-lint"].date
    months = taken.year * _MONTHS_OF_A_YEAR + taken.month - 1 + MONTHS_TO_REFRESH
    # Every month has a 28th.
    return date(months // _MONTHS_OF_A_YEAR, months % _MONTHS_OF_A_YEAR + 1, min(taken.day, 28))


def reminder(today: date) -> str | None:
    """Return a line that says the catalogue is old on that day and what to do, or None while it is not."""
    if today < due():
        return None
    taken = packages()["cfn-lint"].date
    return (
        f"the catalogue of AWS versions and classes is of {taken}, over {MONTHS_TO_REFRESH} months old: newer versions "
        "are refused and withdrawn ones are not; update the project, or its catalogue with "
        "`python -m catalog.refresh --write`"
    )
