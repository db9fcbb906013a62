"""The database's users: makes those that the environment names, and removes those that it names no longer.

Each is a member of a group role, ``experiment_reader``, ``experiment_writer`` or ``experiment_migrator``, and has no
right of its own. Where there are any, the group roles themselves cannot log in, so that nobody changes the defaults of
another or ends another's sessions, and the functions have users of their own.

Making roles takes the master user. Its session runs nothing here that another role could have written: granting,
revoking and giving away what a user owned run no code of that user's.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, LiteralString, cast

import psycopg
from psycopg import sql

from database_access.connections import ROLES, SCHEMA
from database_access.failures import InvalidEvent, MigrationFailed, UsersDiffer
from database_access.owner import as_master

if TYPE_CHECKING:
    from collections.abc import Mapping

    from database_access.connections import Connection, RoleName
    from database_access.owner import Migrator

VARIABLE: Final = "DATABASE_USERS"
"""What the environment names, as JSON: ``{"checkout": "writer"}``. Without it, users are none of this function's."""

SHARED_VARIABLE: Final = "DATABASE_SHARED_LOGINS"
"""``true`` while the group roles may log in beside the users, until every application has one of its own."""

MARK: Final = "experiment_users"
"""Whose members are the users made here, and so may be removed here. It grants nothing."""

REMOVED: Final = "experiment_removed"
"""Who owns what removed users left. It grants nothing and has no members: a view or a SECURITY DEFINER function that
such a user left behind would otherwise run with its new owner's rights."""

NAME: Final = re.compile(r"(?!pg_|rds|experiment_)[a-z][a-z0-9_]{0,62}")

FUNCTIONS: Final[Mapping[str, RoleName]] = {
    f"experiment_function_{role}": cast("RoleName", role) for role in ("reader", "writer", "migrator")
}
"""As whom the two functions connect where the group roles cannot log in."""

GROUPS: Final[Mapping[RoleName, str]] = {role: ROLES[role].user for role in ROLES}

SESSIONS_END_MILLISECONDS: Final = 5000

PRESENT = """
SELECT one.rolname, one.rolcanlogin, pg_catalog.array_agg(held.rolname::text ORDER BY held.rolname)
FROM pg_catalog.pg_roles AS one
JOIN pg_catalog.pg_auth_members AS membership ON membership.member = one.oid
JOIN pg_catalog.pg_roles AS held ON held.oid = membership.roleid
GROUP BY one.rolname, one.rolcanlogin
HAVING pg_catalog.bool_or(held.rolname = %s AND NOT membership.admin_option)
"""
"""Who has the mark. Since PostgreSQL 16 whoever makes a role administers it, as which the master has it too."""

SESSIONS = "SELECT pid FROM pg_catalog.pg_stat_activity WHERE usename = %s AND pid <> pg_catalog.pg_backend_pid()"


@dataclass(frozen=True)
class Users:
    """Users by name, each with what it is for, and whether the group roles may log in."""

    roles: Mapping[str, RoleName]
    shared: bool


def named() -> Users | None:
    """Return what the environment names, or None where it leaves users alone."""
    text = os.environ.get(VARIABLE)
    if not text:
        return None
    try:
        roles: dict[str, RoleName] = json.loads(text)
        wrong = [name for name, role in roles.items() if not NAME.fullmatch(name) or role not in ROLES]
    except (ValueError, AttributeError, TypeError):
        wrong = ["it is no JSON object"]
    if wrong:
        message = f"{VARIABLE}: {', '.join(wrong)[:200]} cannot be a database user of this environment"
        raise InvalidEvent(message)
    shared = not roles or os.environ.get(SHARED_VARIABLE) == "true"
    return Users({**roles, **(FUNCTIONS if roles else {})}, shared)


def brought_about(users: Users) -> dict[str, list[str]]:
    """Make, change and remove users as the master user; MigrationFailed names each that cannot be removed.

    In steps that each stand by themselves: who is removed cannot log in any more before its sessions are ended, and
    those are over before what it owned is given away. A run that was killed is completed by the next one.
    """
    with as_master("users") as connection:
        present = _present(connection)
        surplus = sorted(present.keys() - users.roles.keys())
        created, changed = _made(connection, users, present)
        for name in surplus:
            _disabled(connection, name, present[name])
        closed = _groups_may_log_in(connection, allowed=users.shared)
    for name in (*surplus, *changed, *closed):
        with as_master(f"ending the sessions of {name}") as connection:
            _end_sessions(connection, name)
    failed = []
    for name in surplus:
        try:
            with as_master(f"removing {name}") as connection:
                _remove(connection, name)
        except MigrationFailed as failure:
            failed.append(str(failure))
    report = {"created": created, "changed": changed, "removed": surplus}
    if failed:
        raise MigrationFailed("; ".join(failed)[:1000], result={"users": report})
    return report


def told(users: Users, migrator: Migrator) -> None:
    """Raise UsersDiffer where the database's users are not the ones named: changing them takes the master user."""
    with migrator.transaction("users", alone=False) as connection:
        present = _present(connection)
        wanted = {name: (True, frozenset({GROUPS[role]})) for name, role in users.roles.items()}
        actual = {name: (login, frozenset(held & {*GROUPS.values()})) for name, (login, held) in present.items()}
        wrong = sorted(name for name in wanted.keys() | actual.keys() if wanted.get(name) != actual.get(name))
        wrong += sorted(name for name, login in _group_logins(connection).items() if login != users.shared)
    if wrong:
        message = (
            f"the environment names other database users than there are: {', '.join(wrong)[:300]}; "
            'migrate with "authenticate": "secret", which can make and remove them'
        )
        raise UsersDiffer(message)


def _present(connection: Connection) -> dict[str, tuple[bool, frozenset[str]]]:
    rows = connection.execute(PRESENT, [MARK]).fetchall()
    return {name: (login, frozenset(held)) for name, login, held in rows}


def _group_logins(connection: Connection) -> dict[str, bool]:
    return dict(
        connection.execute(
            "SELECT rolname, rolcanlogin FROM pg_catalog.pg_roles WHERE rolname = ANY (%s)", [[*GROUPS.values()]]
        ).fetchall()
    )


def _exists(connection: Connection, name: str) -> bool:
    row = connection.execute("SELECT FROM pg_catalog.pg_roles WHERE rolname = %s", [name]).fetchone()
    return row is not None


def _made(
    connection: Connection, users: Users, present: Mapping[str, tuple[bool, frozenset[str]]]
) -> tuple[list[str], list[str]]:
    """Make what is missing and set everything anew; return who was made, and who is another now than before."""
    for role in (MARK, REMOVED):
        if not _exists(connection, role):
            _run(connection, "CREATE ROLE {} NOLOGIN", role)
    taken = [name for name in users.roles if name not in present and _exists(connection, name)]
    if taken:
        message = (
            f"the roles {', '.join(taken)[:300]} exist already and were not made here; choose other names, or, if they "
            f"are meant, GRANT {MARK} to them"
        )
        raise UsersDiffer(message)
    row = connection.execute("SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'rds_iam')").fetchone()
    by_iam = ["rds_iam"] if row == (True,) else []
    ((here,),) = connection.execute("SELECT pg_catalog.current_database()").fetchall()
    created, changed = [], []
    for name, role in users.roles.items():
        login, held = present.get(name, (False, frozenset[str]()))
        if name not in present:
            _run(connection, "CREATE ROLE {} LOGIN", name)
            created.append(name)
        wanted = {MARK, GROUPS[role], *by_iam}
        for group in sorted(wanted - held):
            _run(connection, "GRANT {} TO {}", group, name)
        # Whatever else somebody granted to it is not this function's to take, but for the other groups.
        for group in sorted((held - wanted) & {*GROUPS.values()}):
            _run(connection, "REVOKE {} FROM {}", group, name)
            changed.append(name)
        if name in present and not login:
            _run(connection, "ALTER ROLE {} LOGIN", name)
        _run(connection, "GRANT CONNECT ON DATABASE {} TO {}", here, name)
        _set_defaults(connection, name, role, here)
    return created, sorted({*changed})


def _set_defaults(connection: Connection, name: str, role: RoleName, database: str) -> None:
    """Set what a session of the user begins with, in place of what the user may have set: conveniences, no boundary."""
    _run(connection, "ALTER ROLE {} RESET ALL", name)
    _run(connection, "ALTER ROLE {} IN DATABASE {} RESET ALL", name, database)
    _run(connection, "ALTER ROLE {} IN DATABASE {} SET search_path = {}", name, database, SCHEMA)
    settings = {setting: f"{milliseconds}ms" for setting, milliseconds in ROLES[role].timeouts.items()}
    if not ROLES[role].writable:
        settings["default_transaction_read_only"] = "on"
    if role == "migrator":
        # What it makes belongs to the group, as what a migration makes.
        settings["role"] = GROUPS[role]
    for setting, value in settings.items():
        statement = sql.SQL("ALTER ROLE {} SET {} = {}")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(setting), sql.Literal(value)))


def _disabled(connection: Connection, name: str, present: tuple[bool, frozenset[str]]) -> None:
    """Let nobody log in as the user, and take what its memberships gave it. The mark stays until it is gone."""
    _run(connection, "ALTER ROLE {} NOLOGIN", name)
    for group in sorted(present[1] & {*GROUPS.values(), "rds_iam"}):
        _run(connection, "REVOKE {} FROM {}", group, name)


def _groups_may_log_in(connection: Connection, *, allowed: bool) -> list[str]:
    """Return the groups that could log in and cannot any more."""
    closed = []
    for group, login in _group_logins(connection).items():
        if login != allowed:
            _run(connection, "ALTER ROLE {} LOGIN" if allowed else "ALTER ROLE {} NOLOGIN", group)
            closed += [] if allowed else [group]
    return sorted(closed)


def _end_sessions(connection: Connection, name: str) -> None:
    if not _exists(connection, name):
        return
    # Only who is a member of a role may end its sessions; nobody else ever sees this membership.
    _run(connection, "GRANT {} TO CURRENT_USER", name)
    for (session,) in connection.execute(SESSIONS, [name]).fetchall():
        ended = connection.execute(
            "SELECT pg_catalog.pg_terminate_backend(%s, %s)", [session, SESSIONS_END_MILLISECONDS]
        ).fetchone()
        if ended != (True,) and (session,) in connection.execute(SESSIONS, [name]).fetchall():
            message = f"a session of {name} did not end within {SESSIONS_END_MILLISECONDS} milliseconds; migrate again"
            raise MigrationFailed(message)
    _run(connection, "REVOKE {} FROM CURRENT_USER", name)


def _remove(connection: Connection, name: str) -> None:
    """Give away what the user owned, take what it was granted, and drop it, all or nothing."""
    if name not in _present(connection):
        return  # another run was faster
    # Rights are taken by a member of who gave them, which is the schema's owner or the master itself.
    others = (REMOVED, GROUPS["migrator"])
    for role in (name, *others):
        _run(connection, "GRANT {} TO CURRENT_USER", role)
    _run(connection, "REASSIGN OWNED BY {} TO {}", name, REMOVED)
    _run(connection, "DROP OWNED BY {}", name)
    try:
        _run(connection, "DROP ROLE {}", name)
    except psycopg.errors.DependentObjectsStillExist as error:
        on = (error.diag.message_detail or "").replace("\n", ", ")
        message = f"removing {name}, which nobody can log in as any more: there are still {on[:300]}"
        raise MigrationFailed(message) from error
    for role in others:
        _run(connection, "REVOKE {} FROM CURRENT_USER", role)


def _run(connection: Connection, statement: LiteralString, *names: str) -> None:
    """Run a statement of ours with names put in as identifiers."""
    connection.execute(sql.SQL(statement).format(*(sql.Identifier(name) for name in names)))
