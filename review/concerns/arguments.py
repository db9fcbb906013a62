"""Arguments that change in place: what the catalogue's row says of each, where no other concern says more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog import effects
from findings.rule import Rule
from review.finding import NOW, Found

if TYPE_CHECKING:
    from collections.abc import Iterator, Set

    from review.change import Change, Difference
    from review.context import Context

CORE: Final = frozenset(
    {
        "aws_rds_cluster",
        "aws_rds_cluster_instance",
        "aws_rds_cluster_parameter_group",
        "aws_db_parameter_group",
        "aws_rds_global_cluster",
        "aws_db_subnet_group",
        "aws_db_proxy",
    }
)
"""Types of which the catalogue knows every argument, so that one that it does not know is new."""


def rule_of(change: Change, path: str) -> str:
    """Return the rule of an argument's row: ``rds_cluster.port``."""
    return f"{change.type.removeprefix('aws_')}.{path}"


def arguments(context: Context, claimed: Set[tuple[str, str]]) -> Iterator[Found]:
    """Yield what each changed argument does, but for those that other concerns have claimed."""
    for change in context.changes:
        if change.kind == "update" and change.deposed is None:
            for difference in change.differences:
                if (change.type, difference.path) not in claimed and (
                    change.type,
                    difference.path.partition(".")[0],
                ) not in claimed:
                    yield from _of(context, change, difference)


def _of(context: Context, change: Change, difference: Difference) -> Iterator[Found]:
    rows = effects.of_change(change.type, difference.path, difference.before, difference.after)
    if rows is None:
        if change.type in CORE:
            yield Found(
                rule="unknown-argument",
                severity="low",
                effect="none",
                when=NOW,
                because=f"{difference.said}: this review does not know what the argument does",
                remedy="Read the provider's page of the resource.",
                source=effects.source("review"),
                address=change.address,
                argument=difference.path,
            )
        return
    for row in rows:
        # In place is what the plan says, so nothing is replaced, whatever the argument does at other times.
        if row.effect != "replacement":
            moment = context.moment(row.when, change)
            yield Found(
                rule=rule_of(change, row.argument),
                severity=row.severity,
                effect="waits-for-window" if row.effect == "none" and moment.when == "window" else row.effect,
                when=moment,
                because=f"{difference.said}: {row.says}",
                remedy=row.remedy,
                source=row.source,
                certainty=row.certainty,
                address=change.address,
                argument=difference.path,
                affected=tuple(one.address for one in context.staying(change))
                if change.type == "aws_rds_cluster" and row.effect in ("outage", "reboot", "restart-pending")
                else (),
            )


RULES: Final = (
    Rule(
        "unknown-argument",
        "note",
        "An argument that the catalogue does not know",
        "A newer provider has arguments that nobody has looked at here.",
        "Read the provider's page of the resource.",
    ),
)
