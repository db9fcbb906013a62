"""Keeps the daily partitions: the coming days' are there in time, those beyond retention are dropped.

``experimentation.partitioned_tables`` says which tables and how many days are kept. A partition is named after its day
in UTC, ``exposures_20261122``, and covers that day in UTC.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from psycopg import sql

from database_access.owner import as_migrator

if TYPE_CHECKING:
    from database_access.connections import Connection
    from database_access.credentials import Authentication
    from database_access.events import Partitions

DAYS_AHEAD = 7
"""A schedule may fail for a week, unattended, before an insert finds no partition."""

DAYS_BEHIND = 1
"""Events that arrive late, and clocks that are behind, fall on yesterday."""

SCHEMA = "experimentation"

DOING = "partitions"

PARTITIONS = """
SELECT relname, to_date(right(relname, 8), 'YYYYMMDD')
FROM pg_class
WHERE relnamespace = %s::regnamespace AND relkind = 'r' AND relname ~ ('^' || %s || '_[0-9]{8}$')
ORDER BY relname
"""


def run(event: Partitions) -> dict[str, Any]:
    """Create and drop, each table on its own, and report what was done."""
    return maintained(event.authenticate)


def maintained(authenticate: Authentication) -> dict[str, Any]:
    """Create and drop in a transaction for each partition, so that no lock is held for longer than one takes."""
    with as_migrator(authenticate, DOING) as connection:
        tables = connection.execute(
            "SELECT table_name, retention_days FROM experimentation.partitioned_tables ORDER BY table_name"
        ).fetchall()
        row = connection.execute("SELECT (now() AT TIME ZONE 'UTC')::date").fetchone()
        present = {table: dict(connection.execute(PARTITIONS, [SCHEMA, table]).fetchall()) for table, _ in tables}
    today: date = row[0] if row else datetime.now(UTC).date()
    report = {}
    for table, retention in tables:
        days = [today + timedelta(days=offset) for offset in range(-DAYS_BEHIND, DAYS_AHEAD + 1)]
        missing = [day for day in days if day not in present[table].values()]
        expired = [name for name, day in present[table].items() if day < today - timedelta(days=retention)]
        for day in missing:
            with as_migrator(authenticate, DOING) as connection:
                _create(connection, table, day)
        for name in expired:
            with as_migrator(authenticate, DOING) as connection:
                connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(sql.Identifier(SCHEMA, name)))
        report[table] = {"created": [_name(table, day) for day in missing], "dropped": expired}
    return report


def _create(connection: Connection, table: str, day: date) -> None:
    # Attaching a table lets inserts and queries go on, which creating it as a partition does not.
    parent, child = sql.Identifier(SCHEMA, table), sql.Identifier(SCHEMA, _name(table, day))
    if connection.execute("SELECT to_regclass(%s)", [f"{SCHEMA}.{_name(table, day)}"]).fetchone() != (None,):
        return
    connection.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(child, parent))
    connection.execute(
        sql.SQL("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
            parent, child, f"{day} 00:00:00+00", f"{day + timedelta(days=1)} 00:00:00+00"
        )
    )


def _name(table: str, day: date) -> str:
    return f"{table}_{day:%Y%m%d}"
