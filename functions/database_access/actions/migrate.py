"""Brings the schema up to date: ordered SQL files, each in a transaction of its own, applied once.

A migration is ``migrations/<four digits>_<name>.sql``. Its SHA-256 is recorded with it, so one that was changed after
it was applied is refused, as is a database that knows migrations which this version does not ship.

The schema belongs to ``experiment_migrator``, who applies the migrations by IAM. Somebody has to create that user: the
first time, and whenever ``bootstrap.sql`` has changed, ``{"action": "migrate", "authenticate": "secret"}`` runs that
file as the master user. It then applies the migrations in the migrator's name, as ``owner`` explains.
"""

from __future__ import annotations

import hashlib
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from database_access.actions import partitions
from database_access.failures import MigrationsDiffer
from database_access.owner import as_master, as_migrator

if TYPE_CHECKING:
    from database_access.credentials import Authentication
    from database_access.events import Migrate

FOLDER = Path(__file__).parent.parent / "migrations"

BOOTSTRAP = "bootstrap.sql"

LEDGER = """
CREATE SCHEMA IF NOT EXISTS experimentation;
CREATE TABLE IF NOT EXISTS experimentation.migrations (
    version integer PRIMARY KEY,
    name text NOT NULL,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    milliseconds integer NOT NULL
);
"""


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
    """Apply what is not applied yet and create partitions; report both."""
    migrations = shipped(FOLDER)
    if event.authenticate == "secret":
        with as_master(BOOTSTRAP) as connection:
            connection.execute((FOLDER / BOOTSTRAP).read_bytes())
    with as_migrator(event.authenticate, "the ledger of migrations") as connection:
        connection.execute(LEDGER)
    applied = [took for migration in migrations if (took := _applied(migration, migrations, event.authenticate))]
    return {
        "version": migrations[-1].version if migrations else 0,
        "applied": applied,
        "partitions": partitions.maintained(event.authenticate),
    }


def _applied(migration: Migration, migrations: list[Migration], authenticate: Authentication) -> dict[str, Any] | None:
    """Apply a migration unless it is applied already, by this or by a function that runs at the same time."""
    name = f"{migration.version:04}_{migration.name}"
    with as_migrator(authenticate, name) as connection:
        ledger = dict(connection.execute("SELECT version, checksum FROM experimentation.migrations").fetchall())
        _compare(ledger, {each.version: each.checksum for each in migrations})
        if migration.version in ledger:
            return None
        started = time.perf_counter()
        connection.execute(migration.sql.encode())
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
