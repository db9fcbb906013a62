"""Database Insights: advanced needs more in the same call."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from catalog import effects
from catalog.effects import UNKNOWN
from findings.rule import Rule
from review.context import CLUSTER
from review.finding import AT_APPLY, Found
from review.words import code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from review.context import Context

RETENTION: Final = 465
"""Days that Performance Insights has to keep for advanced (Amazon RDS API Reference, ModifyDBCluster)."""


def insights(context: Context) -> Iterator[Found]:
    """Yield where advanced Database Insights lack what AWS wants in the same call."""
    for cluster in context.of_type(CLUSTER):
        difference = cluster.difference("database_insights_mode")
        if cluster.kind != "update" or difference is None or difference.after != "advanced":
            continue
        enabled, kept = (
            cluster.new("performance_insights_enabled"),
            cluster.new("performance_insights_retention_period"),
        )
        short = isinstance(kept, (int, float)) and kept < RETENTION
        if enabled is UNKNOWN or kept is UNKNOWN or (enabled is True and not short):
            continue
        yield Found(
            rule="insights-incomplete",
            severity="high",
            effect="refused",
            when=AT_APPLY,
            because=f"{difference.said}: AWS wants Performance Insights on and {RETENTION} days of retention in the "
            f"same call, and the cluster has {code(enabled)} and {code(kept)}",
            remedy=f"Set performance_insights_enabled and performance_insights_retention_period = {RETENTION} with it.",
            source=effects.source("modify-cluster"),
            address=cluster.address,
            argument="database_insights_mode",
        )


RULES: Final = (
    Rule(
        "insights-incomplete",
        "error",
        "Advanced Database Insights without what they need",
        "AWS wants Performance Insights on and 465 days in the same call.",
        "Set both with it.",
    ),
)
