"""Time zones by name, of the time zone database: what AWS's schedules and PostgreSQL take."""

from __future__ import annotations

from functools import cache

from catalog import tables


@cache
def names() -> tuple[str, ...]:
    """Return the names in their usual spelling."""
    return tuple(name for (name,) in tables.rows("timezones"))
