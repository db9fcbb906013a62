"""Who changes the schema, and over which connection.

The master user's session runs ``bootstrap.sql``, which makes the users, and nothing of theirs: it is new, its search
path is fixed before its first statement, and it ends there. Everything in the schema is done over a connection of
``experiment_migrator``'s own, never by ``SET ROLE`` in the master's, for whatever runs there may set the role back.
"""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg
from psycopg import sql

from database_access.connections import ROLES, connect, refusal, session
from database_access.credentials import Credentials
from database_access.failures import MigrationFailed
from database_access.sessions import CLEAN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from database_access.connections import Connection
    from database_access.credentials import Authentication

LOCK = 7_310_021_940_522_104_431
"""The advisory lock's key: any number, but the same one in every version."""

LEDGER = "experimentation.migrations"
"""The table of what was applied. Only the migrator may lock it, so nobody else can keep a migration waiting."""

HAS_IAM = """
SELECT EXISTS (
    SELECT FROM pg_catalog.pg_roles
    WHERE rolname = 'rds_iam' AND pg_catalog.pg_has_role({}, oid, 'MEMBER')
)
"""


@contextlib.contextmanager
def as_master(doing: str) -> Iterator[Connection]:
    """Yield a transaction of the secret's user, in a session of its own; MigrationFailed says what it was doing.

    Its search path is ``pg_catalog, pg_temp``. Run nothing in it that another role may have written: no view, no
    function, no table with triggers, no object that another role owns.
    """
    with _master() as connection, _refusals(connection, doing), connection.transaction():
        yield connection


@dataclass(frozen=True)
class Migrator:
    """``experiment_migrator``, over a connection of its own."""

    own: Connection | None
    """A connection for one run, where none can be made by IAM."""

    @contextlib.contextmanager
    def transaction(self, doing: str, *, alone: bool = True) -> Iterator[Connection]:
        """Yield a transaction, the only one that changes the schema; MigrationFailed says what it was doing.

        ``alone`` waits for the others by a lock on the ledger, which has to be there.
        """
        with self._begun() as connection, _refusals(connection, doing):
            if alone:
                connection.execute(f"LOCK TABLE {LEDGER} IN SHARE ROW EXCLUSIVE MODE".encode())
            yield connection

    @contextlib.contextmanager
    def _begun(self) -> Iterator[Connection]:
        if self.own is None:
            with connect("migrator", authenticate="iam") as connection:
                yield connection
        else:
            with self.own.transaction():
                yield self.own
            self.own.execute(CLEAN)


@contextlib.contextmanager
def as_migrator(authenticate: Authentication) -> Iterator[Migrator]:
    """Yield ``experiment_migrator``, which logs in by IAM.

    With ``authenticate: secret`` the master is asked whether the server knows IAM. Where it does not, the migrator gets
    a password that nobody sees and that is gone once it is logged in.
    """
    if authenticate == "secret":
        with contextlib.ExitStack() as opened:
            with _master() as master:
                row = master.execute(sql.SQL(HAS_IAM).format(ROLES["migrator"].login)).fetchone()
                lent = None if row == (True,) else opened.enter_context(_lent(master))
            yield Migrator(lent)
    else:
        yield Migrator(None)


@contextlib.contextmanager
def _master() -> Iterator[Connection]:
    with session("migrator", authenticate="secret") as connection:
        # Anybody may hold an advisory lock: it keeps functions that run at once apart, and stops nobody.
        with contextlib.suppress(psycopg.errors.LockNotAvailable):
            connection.execute("SELECT pg_catalog.pg_advisory_lock(%s)", [LOCK])
        yield connection


@contextlib.contextmanager
def _lent(master: Connection) -> Iterator[Connection]:
    password = secrets.token_urlsafe(32)
    change = sql.SQL("ALTER ROLE {} PASSWORD {}")
    migrator = ROLES["migrator"].login
    user = sql.Identifier(migrator)
    # Made here, so that no log of the server has it.
    verifier = master.pgconn.encrypt_password(password.encode(), migrator.encode(), b"scram-sha-256").decode()
    with contextlib.ExitStack() as opened:
        try:
            master.execute(change.format(user, verifier))
            lent = Credentials(migrator, password)
            connection = opened.enter_context(session("migrator", authenticate="iam", credentials=lent))
        finally:
            master.execute(change.format(user, None))
        yield connection


@contextlib.contextmanager
def _refusals(connection: Connection, doing: str) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        if connection.closed:
            raise
        message = f"{doing}: {refusal(error)}"
        raise MigrationFailed(message) from error
