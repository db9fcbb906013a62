"""One of several processes that assign units at the same time."""

from __future__ import annotations

from database_access import connect


def assign(prefix: str, experiment: int, variant: int, units: list[str]) -> list[tuple[str, int]]:
    """Assign each unit in a transaction of its own; return which variant each has."""
    found = []
    for unit in units:
        with connect(prefix=prefix) as connection:
            row = connection.execute("SELECT assign(%s, %s, %s)", [experiment, unit, variant]).fetchone()
        assert row is not None
        found.append((unit, row[0]))
    return found
