"""The tiers: rows of defaults, side by side. An environment names its tier and overrides any field.

Nothing in this project asks which tier an environment is in; it reads the fields that the tier filled.
"""

from __future__ import annotations

from typing import Any, Final

TIERS: Final = ("development", "staging", "production")

MUST_SAY: Final = object()
"""No default: the environment file has to say it."""

DEFAULTS: Final[tuple[tuple[str, Any, Any, Any], ...]] = (
    # key                                        development     staging         production
    ("protected",                                False,          False,          True),
    ("state",                                    {"backend": "local"}, MUST_SAY, MUST_SAY),
    ("network.create.database_subnets",          "private",      "private",      "isolated"),
    ("network.create.nat",                       "none",         "none",         "none"),
    ("network.create.flow_log_retention_days",   14,             30,             365),
    ("database.instance_class",                  "db.t3.medium", "db.t3.medium", "db.r5.large"),
    ("database.instances",                       1,              2,              2),
    ("database.tuning",                          "minimal",      "medium",       "full"),
    ("database.changes_apply",                   "at_once",      "at_once",      "in_window"),
    ("database.backup.retention_days",           7,              7,              7),
    ("database.monitoring.interval_seconds",     60,             60,             60),
    ("database.monitoring.insights",             "standard",     "standard",     "standard"),
    ("database.logs.postgresql",                 14,             30,             365),
    ("database.logs.iam-db-auth-error",          90,             90,             365),
    ("database.logs.instance",                   7,              30,             365),
    ("access.query",                             True,           True,           False),
    ("access.log_retention_days",                14,             30,             365),
)  # fmt: skip
"""What an environment gets that says nothing else; days, seconds and classes as in the model."""

MINIMA: Final[tuple[tuple[str, Any, Any, Any], ...]] = (
    # key                                        development     staging         production
    ("database.backup.retention_days",           1,              1,              7),
)  # fmt: skip
"""What a tier does not let an environment go below (AWS Security Hub control RDS.50 asks for 7 days)."""

OPTIONAL_BLOCKS: Final = ("network.create", "access")
"""A default inside one of these blocks holds only where the file has the block."""


def column(table: tuple[tuple[str, Any, Any, Any], ...], tier: str) -> dict[str, Any]:
    """Return the tier's column of a table, keyed by dotted path."""
    index = TIERS.index(tier) + 1
    return {row[0]: row[index] for row in table if row[index] is not MUST_SAY}
