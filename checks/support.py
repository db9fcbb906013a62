"""How long AWS supports the engine version."""

from __future__ import annotations

from typing import TYPE_CHECKING

from catalog import engine_versions
from checks.finding import warning
from findings.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from findings.finding import Finding, KeyPath
    from settings.model import Environment

WARNINGS = frozenset({"engine-near-end", "engine-minor-near-end"})
"""The rules that only speak on some days."""

NOTICE_DAYS = 365
"""Days before the end of support from which it is warned of: a major upgrade is rehearsed over months."""


def support_ends(environment: Environment, today: date) -> Iterator[Finding]:
    """Warn of a major or an exact minor version whose standard support ends within a year, or has ended."""
    path: KeyPath = ("database", "engine_version")
    version = environment.database.engine_version
    major = engine_versions.majors().get(engine_versions.major_of(version))
    if major is None:
        return
    end = major.end_of_standard_support
    if (end - today).days <= NOTICE_DAYS:
        yield warning(
            "engine-near-end",
            path,
            f"standard support of Aurora PostgreSQL {major.number} {_ends(end, today)}; "
            "Extended Support is opted out of, so AWS upgrades the cluster then",
        )
    minor_end = engine_versions.minor_end_of_standard_support(version)
    if minor_end and minor_end < end and (minor_end - today).days <= NOTICE_DAYS:
        longest = max(_successors(version), key=lambda one: one[1], default=(version, minor_end))
        better = f'; did you mean "{longest[0]}", supported until {longest[1]}?' if longest[1] > minor_end else ""
        yield warning(
            "engine-minor-near-end",
            path,
            f"support of {version} {_ends(minor_end, today)}, and AWS then upgrades it in a maintenance window{better}",
        )


def _ends(end: date, today: date) -> str:
    return f"{'ends' if end >= today else 'ended'} on {end}"


def _successors(version: str) -> Iterator[tuple[str, date]]:
    """Yield the same major's newer minors that can be created, with the ends of their support where known."""
    for minor in engine_versions.creatable():
        end = engine_versions.minor_end_of_standard_support(minor)
        same = engine_versions.major_of(minor) == engine_versions.major_of(version)
        if same and end and engine_versions.at_least(minor, version):
            yield minor, end


RULES: tuple[Rule, ...] = (
    Rule(
        "engine-near-end",
        "warning",
        "Standard support of the major version ends within a year, or has ended",
        "Extended Support is opted out of, so AWS upgrades the cluster to another major by itself, tested or not.",
        "Plan the major upgrade: engine_version and allow_major_version_upgrade.",
    ),
    Rule(
        "engine-minor-near-end",
        "warning",
        "Support of the exact minor version ends within a year, or has ended",
        "AWS upgrades it in a maintenance window, although the file says an exact version.",
        "Take the suggested minor; LTS releases last as long as their major.",
    ),
)
