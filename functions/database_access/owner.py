"""Transactions that change the schema, one at a time in the whole database.

The schema belongs to ``experiment_migrator``. The master user acts in its name as a member for the length of a
transaction only: members of it are members of ``rds_iam`` too, and of those RDS takes no password
(crossplane-contrib/provider-sql#359).
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from database_access.connections import ROLES, connect, refusal
from database_access.failures import MigrationFailed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from database_access.connections import Connection
    from database_access.credentials import Authentication

LOCK = 7_310_021_940_522_104_431
"""The advisory lock's key: any number, but the same one in every version."""


@contextlib.contextmanager
def as_master(doing: str) -> Iterator[Connection]:
    """Yield a transaction of the secret's user that holds the lock; MigrationFailed says what it was doing."""
    with _transaction("secret", doing) as connection:
        yield connection


@contextlib.contextmanager
def as_migrator(authenticate: Authentication, doing: str) -> Iterator[Connection]:
    """Yield a transaction of ``experiment_migrator`` that holds the lock; MigrationFailed says what it was doing."""
    user = sql.Identifier(ROLES["migrator"].user)
    with _transaction(authenticate, doing) as connection:
        row = connection.execute("SELECT session_user = %s", [ROLES["migrator"].user]).fetchone()
        if row == (True,):
            yield connection
            return
        grants = connection.execute("SELECT NOT rolsuper FROM pg_roles WHERE rolname = session_user").fetchone()
        if grants == (True,):
            connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(user))
        connection.execute(sql.SQL("SET LOCAL ROLE {}").format(user))
        yield connection
        connection.execute("RESET ROLE")
        if grants == (True,):
            connection.execute(sql.SQL("REVOKE {} FROM CURRENT_USER").format(user))


@contextlib.contextmanager
def _transaction(authenticate: Authentication, doing: str) -> Iterator[Connection]:
    with connect("migrator", authenticate=authenticate) as connection:
        try:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
            yield connection
        except psycopg.Error as error:
            if connection.closed:
                raise
            message = f"{doing}: {refusal(error)}"
            raise MigrationFailed(message) from error
