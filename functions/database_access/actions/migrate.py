"""Brings the schema up to date: ordered SQL files, each in a transaction of its own, applied once.

A migration is ``migrations/<four digits>_<name>.sql``. Its SHA-256 is recorded with it, so one that was changed after
it was applied is refused, as is a database that knows migrations which this version does not ship.

The schema belongs to ``experiment_migrator``, who applies the migrations by IAM. Somebody has to create that user: the
first time, and whenever ``bootstrap.sql`` has changed, ``{"action": "migrate", "authenticate": "secret"}`` runs that
file as the master user. The migrations follow over the migrator's own connection, as ``owner`` explains.
"""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from database_access import users
from database_access.actions import partitions
from database_access.failures import AccessFailure, MigrationFailed, MigrationsDiffer
from database_access.owner import as_master, as_migrator

if TYPE_CHECKING:
    from database_access.events import Migrate
    from database_access.owner import Migrator

FOLDER = Path(__file__).parent.parent / "migrations"

BOOTSTRAP = "bootstrap.sql"

CREATE_LEDGER = """
CREATE TABLE IF NOT EXISTS experimentation.migrations (
    version integer PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    milliseconds integer NOT NULL
);
"""

TRANSACTION = "SELECT pg_catalog.pg_current_xact_id()"

LEFT = """
SELECT pg_catalog.format(
    'schema %I belongs to %I and stands first in the search path of the user %1$I: have it dropped or renamed',
    schema.nspname, pg_catalog.pg_get_userbyid(schema.nspowner)
)
FROM pg_catalog.pg_namespace AS schema
JOIN pg_catalog.pg_roles AS named ON named.rolname = schema.nspname
WHERE named.rolcanlogin AND named.oid <> schema.nspowner
UNION ALL
SELECT pg_catalog.format(
    'everybody may create in schema public: as its owner %I, REVOKE CREATE ON SCHEMA public FROM PUBLIC',
    pg_catalog.pg_get_userbyid(schema.nspowner)
)
FROM pg_catalog.pg_namespace AS schema
WHERE schema.nspname = 'public' AND pg_catalog.has_schema_privilege('public', schema.oid, 'CREATE')
UNION ALL
SELECT pg_catalog.format('%I may create schemas in the database: REVOKE CREATE ON DATABASE', named.rolname)
FROM pg_catalog.pg_roles AS named
WHERE named.rolname IN ('experiment_reader', 'experiment_writer', 'experiment_migrator')
    AND pg_catalog.has_database_privilege(named.oid, pg_catalog.current_database(), 'CREATE')
UNION ALL
SELECT pg_catalog.format(
    'the event trigger %I runs %s of %I in every session that changes the schema, the master''s too: have it dropped',
    trigger.evtname, trigger.evtfoid::pg_catalog.regprocedure, owner.rolname
)
FROM pg_catalog.pg_event_trigger AS trigger
JOIN pg_catalog.pg_proc AS function ON function.oid = trigger.evtfoid
JOIN pg_catalog.pg_roles AS owner ON owner.oid = function.proowner
WHERE owner.rolcanlogin AND NOT owner.rolsuper AND owner.rolname <> SESSION_USER
ORDER BY 1
LIMIT 20
"""
"""What bootstrap.sql may not change, since it is another's, and what a person who logs in as the master should know."""


@dataclass(frozen=True)
class Migration:
    """One file."""

    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, in hexadecimal."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def shipped(folder: Path) -> list[Migration]:
    """Return a folder's migrations in their order; two with the same number are refused."""
    found = [
        Migration(int(match["version"]), match["name"], path.read_text(encoding="utf-8"))
        for path in sorted(folder.iterdir())
        if (match := re.fullmatch(r"(?P<version>\d{4})_(?P<name>\w+)\.sql", path.name))
    ]
    versions = [migration.version for migration in found]
    if len(versions) != len(set(versions)):
        message = f"two migrations have the same number: {versions}"
        raise MigrationsDiffer(message)
    return found


def run(event: Migrate) -> dict[str, Any]:
    """Apply what is not applied yet and create partitions; report both, and what the bootstrap had to leave."""
    migrations = shipped(FOLDER)
    wanted = users.named()
    left = _bootstrapped() if event.authenticate == "secret" else []
    made = users.brought_about(wanted) if wanted and event.authenticate == "secret" else None
    with as_migrator(event.authenticate) as migrator:
        _provide_ledger(migrator)
        applied = [took for migration in migrations if (took := _applied(migration, migrations, migrator))]
        done = {"version": migrations[-1].version if migrations else 0, "applied": applied}
        done |= {"warnings": left} if left else {}
        done |= {"users": made} if made is not None else {}
        try:
            done["partitions"] = partitions.maintained(migrator)
        except AccessFailure as failure:
            failure.result = done | {"partitions": failure.result}
            raise
        if wanted and made is None:
            try:
                users.told(wanted, migrator)
            except AccessFailure as failure:
                failure.result = done
                raise
    return done


def _bootstrapped() -> list[str]:
    with as_master(BOOTSTRAP) as connection:
        connection.execute((FOLDER / BOOTSTRAP).read_bytes())
        return [warning for (warning,) in connection.execute(LEFT)]


def _provide_ledger(migrator: Migrator) -> None:
    try:
        with migrator.transaction("the ledger of migrations", alone=False) as connection:
            connection.execute(CREATE_LEDGER)
    except MigrationFailed as failure:
        # IF NOT EXISTS does not see what another is creating, and waits for it all the same.
        if not isinstance(failure.__cause__, (psycopg.errors.UniqueViolation, psycopg.errors.DuplicateTable)):
            raise


def _applied(migration: Migration, migrations: list[Migration], migrator: Migrator) -> dict[str, Any] | None:
    """Apply a migration unless it is applied already, by this or by a function that runs at the same time."""
    name = f"{migration.version:04}_{migration.name}"
    with migrator.transaction(name) as connection:
        ledger = dict(connection.execute("SELECT version, checksum FROM experimentation.migrations").fetchall())
        _compare(ledger, {each.version: each.checksum for each in migrations})
        if migration.version in ledger:
            return None
        started = time.perf_counter()
        transaction = connection.execute(TRANSACTION).fetchone()
        connection.execute(migration.sql.encode())
        if connection.execute(TRANSACTION).fetchone() != transaction:
            message = f"{name}: it ends its transaction itself; what it did before that stays, and it is not recorded"
            raise MigrationFailed(message)
        took = round((time.perf_counter() - started) * 1000)
        connection.execute(
            "INSERT INTO experimentation.migrations (version, name, checksum, milliseconds) VALUES (%s, %s, %s, %s)",
            [migration.version, migration.name, migration.checksum, took],
        )
        return {"migration": name, "milliseconds": took}


def _compare(ledger: dict[int, str], files: dict[int, str]) -> None:
    unknown = sorted(ledger.keys() - files.keys())
    if unknown:
        message = f"the database has migrations {unknown} that this version of the function does not ship"
        raise MigrationsDiffer(message)
    changed = sorted(version for version, checksum in ledger.items() if files[version] != checksum)
    if changed:
        message = f"migrations {changed} were changed after they had been applied; add a new one instead"
        raise MigrationsDiffer(message)
    late = sorted(version for version in files if version not in ledger and version < max(ledger, default=0))
    if late:
        message = f"migrations {late} come before ones that are applied already; give them a higher number"
        raise MigrationsDiffer(message)
