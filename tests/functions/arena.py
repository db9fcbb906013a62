"""Where the function is attacked: a migrated database of its own for each test, copied on one server.

The attackers are those whom the project itself lets in, the database's users, and an application with a login of its
own. They connect as they are meant to, and then do what they are not meant to.
"""

from __future__ import annotations

import contextlib
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from database_access import contract, credentials
from tests.functions.platform import DATABASE, MASTER, Platform, forget_connections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from database_access.connections import RoleName

    Connection = psycopg.Connection[tuple[Any, ...]]

APPLICATION = "shop"

PASSWORD = "application-of-a-test-server"  # noqa: S105 - the server lives as long as its test and on the loopback address

OURS: dict[str, RoleName] = {
    "experiment_reader": "reader",
    "experiment_writer": "writer",
    "experiment_migrator": "migrator",
}
"""The library's roles by the name of their users."""

ATTACKERS = (*OURS, APPLICATION)

_numbers = itertools.count(1)


@dataclass
class Arena(Platform):
    """A migrated environment whose database is a copy that nobody else uses."""

    database: str = DATABASE

    @contextlib.contextmanager
    def superuser(self, database: str = "") -> Iterator[Connection]:
        """Connect around the library, to look and to arrange."""
        with super().superuser(database or self.database) as connection:
            yield connection

    def rows(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        """Return what the superuser sees."""
        with self.superuser() as connection:
            return connection.execute(statement.encode(), parameters).fetchall()

    def arrange(self, *statements: str) -> None:
        """Do what an administrator did before the attack."""
        with self.superuser() as connection:
            for statement in statements:
                connection.execute(statement.encode())

    def owned(self, *statements: str) -> None:
        """Do what an administrator did as the migrator."""
        self.arrange("SET ROLE experiment_migrator", *statements)

    @contextlib.contextmanager
    def attacker(self, user: str) -> Iterator[Connection]:
        """Connect as a user, each statement on its own, without what the library asks of a session."""
        password = self.login(user) if user in OURS else PASSWORD
        with psycopg.connect(
            host="127.0.0.1",
            port=self.server.port,
            dbname=self.database,
            user=user,
            password=password,
            sslmode="require",
            sslrootcert="",
            options="-c default_transaction_read_only=off",
            autocommit=True,
        ) as session:
            yield session

    def login(self, user: str) -> str:
        """Return a token that IAM would take of this user, as the client that it is may have."""
        where = contract.read(self.prefix)
        return credentials.token(
            where, host=where.writer_endpoint, port=self.server.port, user=user, renew=True
        ).password

    def day(self, offset: int, form: str = "YYYYMMDD") -> str:
        """Return a day in UTC, so many days from today."""
        ((day,),) = self.rows("SELECT to_char((now() AT TIME ZONE 'UTC')::date + %s::int, %s)", offset, form)
        return str(day)

    def partitions(self, table: str) -> list[str]:
        """Return the names of a table's partitions, by the catalogue."""
        return [
            name
            for (name,) in self.rows(
                "SELECT child.relname FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid "
                "WHERE inhparent = ('experimentation.' || quote_ident(%s))::regclass ORDER BY 1",
                table,
            )
        ]

    def exists(self, table: str) -> bool:
        """Whether the schema has a relation of this name."""
        return self.rows("SELECT to_regclass('experimentation.' || quote_ident(%s)) IS NOT NULL", table) == [(True,)]


def powers(arena: Arena, user: str) -> dict[str, Any]:
    """Return what a user is, beyond what the project gives it: nothing, unless an attack worked."""
    ((attributes,),) = arena.rows(
        "SELECT rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls FROM pg_roles WHERE rolname = %s", user
    )
    above = [
        name
        for (name,) in arena.rows(
            "SELECT rolname FROM pg_roles WHERE rolname <> %s AND rolname <> 'rds_iam' "
            "AND pg_has_role(%s, oid, 'USAGE') ORDER BY 1",
            user,
            user,
        )
    ]
    ((reads,),) = arena.rows("SELECT has_table_privilege(%s, 'vault.secrets', 'SELECT')", user)
    return {"attributes": attributes, "above": above, "reads the vault": reads}


POWERLESS = {"attributes": False, "above": [], "reads the vault": False}


@contextlib.contextmanager
def copied(origin: Platform) -> Iterator[Arena]:
    """Yield an arena on the origin's server; what was done to the users themselves is undone afterwards."""
    forget_connections()
    name = f"arena_{next(_numbers)}"
    with origin.superuser("postgres") as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
                sql.Identifier(name), sql.Identifier(DATABASE), sql.Identifier(MASTER)
            )
        )
    arena = Arena(origin.server, origin.iam, secret_arn=origin.secret_arn, database=name)
    published = arena.published_anew(name=name)
    try:
        yield published  # type: ignore[misc] # replace() keeps the class
    finally:
        forget_connections()
        pardoned(origin)
        with origin.superuser("postgres") as connection:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def pardoned(origin: Platform) -> None:
    """Take from the users what an attack may have given them."""
    with origin.superuser("postgres") as connection:
        for user in ATTACKERS:
            role = sql.Identifier(user)
            connection.execute(sql.SQL("ALTER ROLE {} NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS").format(role))
            connection.execute(sql.SQL("REVOKE {}, rds_superuser FROM {}").format(sql.Identifier(MASTER), role))
