"""Aurora PostgreSQL versions: which can be created, how long they are supported, what they can do.

A version is written as AWS writes it: a major alone (``17``) or a major with a minor (``17.7``).
A major alone stands for its latest creatable minor, as it does when AWS creates a cluster from it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Literal, cast

from catalog import tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Major:
    """The life of one major version of Aurora PostgreSQL.

    Dates are the day of general availability and the last days of standard and of (paid) extended
    support. ``lts`` is the minor that AWS maintains for long-term support, if it named one.
    ``stage`` is ``near_end`` within months of the end of standard support, ``new`` while there is no
    long-term support minor and extensions and RDS Proxy lag behind, ``supported`` otherwise.
    """

    number: int
    general_availability: date
    end_of_standard_support: date
    end_of_extended_support: date
    lts: str | None
    stage: Literal["supported", "near_end", "new"]


class Feature(StrEnum):
    """What only some versions can do; the lowest versions are in ``data/features.tsv``."""

    SERVERLESS_V2 = "serverless_v2"
    SERVERLESS_256_ACU = "serverless_256_acu"
    SERVERLESS_AUTO_PAUSE = "serverless_auto_pause"
    IO_OPTIMIZED = "io_optimized"
    TLS_1_3 = "tls_1_3"
    RDS_PROXY = "rds_proxy"
    DATA_API = "data_api"
    OPTIMIZED_READS = "optimized_reads"
    VOLUME_256_TIB = "volume_256_tib"
    SHARED_PLAN_CACHE = "shared_plan_cache"
    EXECUTION_PLANS = "execution_plans"
    CLASS_R6GD = "class_r6gd"
    CLASS_R6ID = "class_r6id"
    CLASS_R7G = "class_r7g"
    CLASS_R7I = "class_r7i"
    CLASS_R8A = "class_r8a"
    CLASS_R8G = "class_r8g"
    CLASS_R8GD = "class_r8gd"


@cache
def majors() -> Mapping[int, Major]:
    """Return the major versions by number, ascending."""
    return MappingProxyType(
        {
            int(number): Major(
                number=int(number),
                general_availability=date.fromisoformat(available),
                end_of_standard_support=date.fromisoformat(standard),
                end_of_extended_support=date.fromisoformat(extended),
                lts=lts or None,
                stage=cast("Literal['supported', 'near_end', 'new']", stage),
            )
            for number, available, standard, extended, lts, stage in tables.rows("majors")
        }
    )


@cache
def _minors() -> dict[str, tuple[bool, date | None, date | None]]:
    return {
        version: (status == "creatable", _day(standard), _day(extended))
        for version, status, standard, extended in tables.rows("minors")
    }


def _day(cell: str) -> date | None:
    return date.fromisoformat(cell) if cell else None


def _numbers(version: str) -> tuple[int, ...]:
    try:
        return tuple(int(part) for part in version.split("."))
    except ValueError:
        raise ValueError(f"{version!r} is not a version such as '17' or '17.7'") from None


@cache
def creatable() -> tuple[str, ...]:
    """Return the minors with which a new cluster can be created, of all known majors, in order."""
    known = majors()
    return tuple(
        sorted(
            (version for version, (open_, *_) in _minors().items() if open_ and major_of(version) in known),
            key=_numbers,
        )
    )


@cache
def deprecated() -> frozenset[str]:
    """Return the minors that AWS still knows but no longer creates clusters with, of any major."""
    return frozenset(version for version, (open_, *_) in _minors().items() if not open_)


@cache
def first(major: int) -> str:
    """Return the first minor of that major that Aurora released, creatable or not."""
    return min((version for version in _minors() if major_of(version) == major), key=_numbers)


@cache
def latest(major: int) -> str:
    """Return the highest creatable minor of that major."""
    of_major = [version for version in creatable() if major_of(version) == major]
    if not of_major:
        raise ValueError(f"no minor version of Aurora PostgreSQL {major} can be created")
    return of_major[-1]


def exact(version: str) -> str:
    """Return the minor that a cluster is created with: the version itself, or a major's highest creatable minor.

    A bare major is never sent to AWS, which takes it for its own default minor, also where a newer one runs
    (hashicorp/terraform-provider-aws#45026).
    """
    return latest(int(version)) if is_major(version) else version


def is_newer_than_known(version: str) -> bool:
    """Tell whether the minor is beyond the highest that this catalogue knows of its major."""
    known = [minor for minor in _minors() if major_of(minor) == major_of(version)]
    return bool(known) and all(_numbers(version) > _numbers(minor) for minor in known)


def is_major(version: str) -> bool:
    """Tell whether the version names a major alone, as ``17`` does."""
    return version.isascii() and version.isdigit()


def major_of(version: str) -> int:
    """Return the major of the version: 17 of ``17`` and of ``17.7``."""
    return _numbers(version)[0]


def family(version: str) -> str:
    """Return the parameter group family of the version, as ``aurora-postgresql17``."""
    return f"aurora-postgresql{major_of(version)}"


def minor_end_of_standard_support(version: str) -> date | None:
    """Return the last day of standard support of the minor, or None where AWS gave no date.

    AWS gives most of these dates as a month; the last day of the month stands for it.
    """
    return _minors().get(version, (False, None, None))[1]


def minor_end_of_extended_support(version: str) -> date | None:
    """Return the last day of Extended Support of the minor, or None for one that does not reach it.

    Only the long-term support minor and the last minor of a major do; AWS upgrades the others to the last
    one when the major's standard support ends.
    """
    return _minors().get(version, (False, None, None))[2]


def at_least(version: str, floor: str) -> bool:
    """Tell whether the version is the floor or newer, comparing numbers and not text."""
    return _numbers(exact(version)) >= _numbers(floor)


@cache
def _floors() -> dict[str, dict[int, str]]:
    known = tuple(majors())
    return {
        feature: {major: cell for major, cell in zip(known, cells, strict=True) if cell}
        for feature, *cells in tables.rows("features")
    }


def floor(feature: Feature, major: int) -> str | None:
    """Return the lowest minor of that major with the feature, or None where AWS documents none."""
    return _floors()[feature].get(major)


def supports(version: str, feature: Feature) -> bool:
    """Tell whether the version is documented to have the feature."""
    lowest = floor(feature, major_of(version))
    return lowest is not None and at_least(version, lowest)
