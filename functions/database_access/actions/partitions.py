"""Keeps the daily partitions: the coming days' are there in time, those beyond retention are dropped.

``experimentation.partitioned_tables`` says which tables and how many days are kept. What is a partition, and which days
it covers, is what the server's catalogue says and never what a name looks like: a detached partition is an archive and
stays. A new partition is named after its day in UTC, ``exposures_20261122``, and covers that day in UTC.

What goes wrong with one table stops no other: the coming days of all tables come first, then what is to be dropped, and
PartitionsFailed names all that failed.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from database_access.failures import AccessFailure, MigrationFailed, PartitionsFailed
from database_access.owner import as_migrator

if TYPE_CHECKING:
    from database_access.connections import Connection
    from database_access.events import Partitions
    from database_access.owner import Migrator

DAYS_AHEAD = 7
"""A schedule may fail for a week, unattended, before an insert finds no partition."""

DAYS_BEHIND = 1
"""Events that arrive late, and clocks that are behind, fall on yesterday."""

RETENTION_AT_MOST = 36_500
"""In days: a hundred years. More is taken for a mistake, such as seconds."""

SCHEMA = "experimentation"

NAME_BYTES = 63
"""What PostgreSQL keeps of a name; it cuts off the rest without a word."""

DROPPING_WAITS = "1s"
"""A drop waits for reports on the table, and whoever inserts waits behind it, for no longer than 2 s."""

LISTED = "SELECT table_name, retention_days FROM experimentation.partitioned_tables ORDER BY table_name"

ABOUT = """
SELECT listed.oid, partitioned.partstrat = 'r' AND partitioned.partnatts = 1
    AND key.atttypid IN ('timestamptz'::regtype, 'timestamp'::regtype, 'date'::regtype)
FROM pg_catalog.pg_class AS listed
LEFT JOIN pg_catalog.pg_partitioned_table AS partitioned ON partitioned.partrelid = listed.oid
LEFT JOIN pg_catalog.pg_attribute AS key ON key.attrelid = listed.oid AND key.attnum = partitioned.partattrs[0]
WHERE listed.relnamespace = 'experimentation'::regnamespace AND listed.relname = %s
"""

PARTITIONS = sql.SQL(r"""
WITH partitions AS (
    SELECT child.oid, space.nspname, child.relname, child.relkind,
        regexp_match(
            pg_get_expr(child.relpartbound, child.oid),
            '^FOR VALUES FROM \((?:MINVALUE|''([^'']+)'')\) TO \((?:MAXVALUE|''([^'']+)'')\)$'
        ) AS bounds
    FROM pg_catalog.pg_inherits AS inherits
    JOIN pg_catalog.pg_class AS child ON child.oid = inherits.inhrelid
    JOIN pg_catalog.pg_namespace AS space ON space.oid = child.relnamespace
    WHERE inherits.inhparent = %(parent)s AND NOT inherits.inhdetachpending
), covering AS (
    SELECT oid, nspname, relname, relkind, tstzrange(bounds[1]::timestamptz, bounds[2]::timestamptz) AS days
    FROM partitions
    WHERE bounds IS NOT NULL
)
""")
"""The partitions of a table with the time that each covers. A default partition is none of them: it covers the rest."""

MISSING = PARTITIONS + sql.SQL("""
SELECT day::date
FROM generate_series(
    current_date - %(behind)s::integer, current_date + %(ahead)s::integer, interval '1 day'
) AS day
WHERE NOT coalesce((SELECT range_agg(days) FROM covering) @> tstzrange(day, day + interval '1 day'), false)
ORDER BY day
""")

EXPIRED = PARTITIONS + sql.SQL("""
SELECT oid, nspname, relname, relkind
FROM covering
WHERE upper(days) <= current_date - %(retention)s::integer
ORDER BY upper(days), relname
""")

HELD_BY = """
SELECT CASE
    WHEN inherits.inhdetachpending THEN 'a partition of ' || quote_ident(parent.relname)
        || ' whose detachment was begun and is to be finished by DETACH PARTITION … FINALIZE'
    WHEN parent.oid IS NOT NULL THEN 'a partition of ' || quote_ident(parent.relname) || ' for other days'
    WHEN held.relkind = 'r' THEN 'a table that is no partition, such as one that was detached: attach or rename it'
    ELSE CASE held.relkind WHEN 'v' THEN 'a view' WHEN 'm' THEN 'a materialized view' WHEN 'S' THEN 'a sequence'
        WHEN 'i' THEN 'an index' WHEN 'I' THEN 'an index' WHEN 'f' THEN 'a foreign table' WHEN 'c' THEN 'a type'
        ELSE 'a partitioned table' END || ': rename it'
END
FROM pg_catalog.pg_class AS held
LEFT JOIN pg_catalog.pg_inherits AS inherits ON inherits.inhrelid = held.oid
LEFT JOIN pg_catalog.pg_class AS parent ON parent.oid = inherits.inhparent
WHERE held.relnamespace = 'experimentation'::regnamespace AND held.relname = %s
"""

IS_PARTITION = """
SELECT EXISTS (
    SELECT
    FROM pg_catalog.pg_inherits AS inherits
    JOIN pg_catalog.pg_class AS child ON child.oid = inherits.inhrelid
    JOIN pg_catalog.pg_namespace AS space ON space.oid = child.relnamespace
    WHERE inherits.inhparent = %s AND inherits.inhrelid = %s AND NOT inherits.inhdetachpending
        AND space.nspname = %s AND child.relname = %s
)
"""


@dataclass
class Table:
    """A table of the list, and what became of its partitions."""

    name: str
    retention: int
    oid: int = 0
    created: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    def report(self) -> dict[str, list[str]]:
        """Return what was done, and what failed only where something did."""
        done = {"created": self.created, "dropped": self.dropped}
        return done | {"failed": self.failed} if self.failed else done


def run(event: Partitions) -> dict[str, Any]:
    """Create and drop, each table on its own, and report what was done."""
    with as_migrator(event.authenticate) as migrator:
        return maintained(migrator)


def maintained(migrator: Migrator) -> dict[str, Any]:
    """Create and drop in a transaction for each partition, so that no lock is held for longer than one takes."""
    with migrator.transaction("partitions", alone=False) as connection:
        tables = [Table(name, retention) for name, retention in connection.execute(LISTED)]
    try:
        for step in (_provide, _retain):
            for table in tables:
                try:
                    step(migrator, table)
                except MigrationFailed as failure:
                    table.failed.append(str(failure))
    except AccessFailure as failure:
        # The connection is lost, or the time is over: that is for all tables, and what was done is told as well.
        failure.result = {table.name: table.report() for table in tables}
        raise
    report = {table.name: table.report() for table in tables}
    failed = [f"{table.name}: {why}" for table in tables for why in table.failed]
    if failed:
        raise PartitionsFailed("; ".join(failed), result=report)
    return report


def _provide(migrator: Migrator, table: Table) -> None:
    """Create what is missing of the coming days; one day that fails stops no other."""
    with migrator.transaction("the coming days", alone=False) as connection:
        table.oid = _oid(connection, table.name)
        missing = _missing(connection, table)
    for day in missing:
        name = _name(table.name, day)
        try:
            with migrator.transaction(name) as connection:
                # Another run may have been quicker.
                missing_still = day in _missing(connection, table)
                if missing_still:
                    _create(connection, table, day, name)
            table.created += [name] if missing_still else []
        except MigrationFailed as failure:
            table.failed.append(str(failure))
            if _is_in_use(failure):
                return


def _retain(migrator: Migrator, table: Table) -> None:
    """Drop what is beyond retention; whoever uses the table is not waited for twice."""
    if not table.oid:
        return
    if not 1 <= table.retention <= RETENTION_AT_MOST:
        message = f"retention_days is {table.retention}, not between 1 and {RETENTION_AT_MOST}: nothing is dropped"
        raise MigrationFailed(message)
    with migrator.transaction("retention", alone=False) as connection:
        days = {"parent": table.oid, "retention": table.retention}
        expired = _in_utc(connection).execute(EXPIRED, days).fetchall()
    for partition in expired:
        name = partition[2]
        try:
            with migrator.transaction(name) as connection:
                dropped = _drop(connection, table, partition)
            table.dropped += [name] if dropped else []
        except MigrationFailed as failure:
            table.failed.append(str(failure))
            if _is_in_use(failure):
                return


def _is_in_use(failure: MigrationFailed) -> bool:
    """Whether somebody holds the table, who would be waited for by each further partition."""
    return isinstance(failure.__cause__, psycopg.errors.LockNotAvailable)


def _in_utc(connection: Connection) -> Connection:
    """Have the transaction count days, and read and write bounds, in UTC."""
    connection.execute("SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'")
    return connection


def _oid(connection: Connection, name: str) -> int:
    row = connection.execute(ABOUT, [name]).fetchone()
    if row is None:
        message = f"there is no such table in the schema {SCHEMA}"
        raise MigrationFailed(message)
    oid, suits = row
    if not suits:
        message = "it is not partitioned by range of one column that is a date, a timestamp or a timestamptz"
        raise MigrationFailed(message)
    return int(oid)


def _missing(connection: Connection, table: Table) -> list[date]:
    window = {"parent": table.oid, "behind": DAYS_BEHIND, "ahead": DAYS_AHEAD}
    return [day for (day,) in _in_utc(connection).execute(MISSING, window)]


def _create(connection: Connection, table: Table, day: date, name: str) -> None:
    held = connection.execute(HELD_BY, [name]).fetchone()
    if held is not None:
        message = f"the name {name} is held by {held[0]}"
        raise MigrationFailed(message)
    # Attaching a table lets inserts and queries go on, which creating it as a partition does not. An identity stays
    # with the parent: PostgreSQL 17 attaches no table that has one of its own.
    parent, child = sql.Identifier(SCHEMA, table.name), sql.Identifier(SCHEMA, name)
    connection.execute(sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL EXCLUDING IDENTITY)").format(child, parent))
    connection.execute(
        sql.SQL("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})").format(
            parent, child, f"{day} 00:00:00+00", f"{day + timedelta(days=1)} 00:00:00+00"
        )
    )


def _drop(connection: Connection, table: Table, partition: tuple[int, str, str, str]) -> bool:
    oid, space, name, kind = partition
    parent, child = sql.Identifier(SCHEMA, table.name), sql.Identifier(space, name)
    connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(DROPPING_WAITS))
    # Nothing can be detached once the parent is locked, nor renamed once the partition is. What was meanwhile detached
    # or renamed is not looked for, and what another run has dropped is no failure.
    for locked in (parent, child):
        connection.execute(sql.SQL("LOCK TABLE ONLY {} IN ACCESS EXCLUSIVE MODE").format(locked))
        if connection.execute(IS_PARTITION, [table.oid, oid, space, name]).fetchone() != (True,):
            return False
    connection.execute(sql.SQL("DROP {} {}").format(sql.SQL("FOREIGN TABLE" if kind == "f" else "TABLE"), child))
    return True


def _name(table: str, day: date) -> str:
    """Return the table's name and the day, cut to what PostgreSQL keeps; a hash tells apart what was cut alike."""
    ending = f"_{day:%Y%m%d}"
    if len((table + ending).encode()) > NAME_BYTES:
        ending = f"_{hashlib.sha256(table.encode()).hexdigest()[:8]}{ending}"
    return table.encode()[: NAME_BYTES - len(ending)].decode(errors="ignore") + ending
