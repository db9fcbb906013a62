"""Connections by role: verified, reused between invocations, and made anew after a failover."""

from __future__ import annotations

import contextlib
import itertools
import math
import os
import random
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import psycopg
from psycopg.pq import TransactionStatus

from database_access import contract, limits
from database_access.credentials import SOURCES
from database_access.failures import (
    AccessFailure,
    AuthenticationFailed,
    ConnectionLost,
    DatabaseRefused,
    NotCommitted,
    NotWritable,
    ServerNotTrusted,
    Unreachable,
)
from database_access.sessions import CLEAN, Session

if TYPE_CHECKING:
    from collections.abc import Iterator

    from database_access.contract import Contract
    from database_access.credentials import Authentication, Credentials

Connection = psycopg.Connection[tuple[Any, ...]]

Key = tuple[int, "str | None", "RoleName", "Authentication"]
"""What tells kept connections apart: the process, the contract's path, the role, and how it authenticates."""

RoleName = Literal["writer", "reader", "migrator"]

SCHEMA = "experimentation"

CERTIFICATES = Path(__file__).parent / "certificates"

PATIENCE_SECONDS = 20.0
"""How long a connection is tried for. Aurora fails over within 30 seconds, mostly within half of that; API Gateway
gives up after 29."""

CONNECT_SECONDS = 5
"""How long one attempt may take for each address of the host; libpq takes whole seconds, 2 at least."""

FIRST_PAUSE_SECONDS = 0.1

LONGEST_PAUSE_SECONDS = 2.0

REUSED_SECONDS = 600
"""How long a connection is reused, so that readers that were added, and a moved writer, get their share."""

LOST_AFTER_MILLISECONDS = 10_000
"""How long sent data may go unacknowledged. A failed host says no goodbye, and TCP alone waits for 15 minutes."""


ALWAYS = {
    # Otherwise a backslash in a quoted value ends the quotes of clients that escape by themselves.
    "standard_conforming_strings": "on",
    # What was committed stays so when the server fails a moment later.
    "synchronous_commit": "on",
    "row_security": "on",
    "default_transaction_deferrable": "off",
    "default_transaction_isolation": "read\\ committed",
}
"""What every session starts with and rests on. A user may change its own defaults, by ALTER ROLE CURRENT_USER SET, and
so those of whoever shares the user; what a client asks for at start comes before them."""


@dataclass(frozen=True, kw_only=True)
class Role:
    """How one kind of consumer connects. The timeouts are those that the migrations give the database user."""

    user: str
    endpoint: str
    proxy: str | None
    target: str
    writable: bool
    statement_timeout: int
    lock_timeout: int
    idle_timeout: int

    @property
    def timeouts(self) -> dict[str, int]:
        """The server's settings by name, in milliseconds."""
        return {
            "statement_timeout": self.statement_timeout,
            "lock_timeout": self.lock_timeout,
            "idle_in_transaction_session_timeout": self.idle_timeout,
        }

    @property
    def longest(self) -> float:
        """How many seconds the client waits for the answer to a statement, which the server ends sooner."""
        return self.statement_timeout / 1000 + limits.GRACE_SECONDS

    @property
    def login(self) -> str:
        """Who logs in: the user itself, or the member of it that a variable such as DATABASE_USER_WRITER names."""
        return os.environ.get(f"DATABASE_USER_{self.user.rpartition('_')[2].upper()}") or self.user

    def settings(self, authenticate: Authentication) -> dict[str, str]:
        """Return what a session starts with, whatever its user's own defaults are, which that user may change.

        The secret's user is the master. It looks for no name in a schema that somebody else may write to.
        """
        path = "pg_catalog,pg_temp" if authenticate == "secret" else SCHEMA
        # What a migrator makes belongs to the group, whoever it logs in as.
        acts = self.proxy is None and authenticate == "iam" and self.login != self.user
        return {
            "search_path": path,
            "client_encoding": "UTF8",
            "standard_conforming_strings": "on",
            "default_transaction_read_only": "off" if self.writable else "on",
            **({"role": self.user} if acts else {}),
            **ALWAYS,
            **{name: str(value) for name, value in self.timeouts.items()},
        }


ROLES: dict[RoleName, Role] = {
    "writer": Role(
        user="experiment_writer",
        endpoint="writer_endpoint",
        proxy="proxy_endpoint",
        target="read-write",
        writable=True,
        statement_timeout=10_000,
        lock_timeout=2_000,
        idle_timeout=10_000,
    ),
    "reader": Role(
        user="experiment_reader",
        endpoint="reader_endpoint",
        proxy="proxy_reader_endpoint",
        target="prefer-standby",
        writable=False,
        statement_timeout=30_000,
        lock_timeout=2_000,
        idle_timeout=30_000,
    ),
    # Never by a proxy, which would keep a session to itself for each advisory lock. It waits for a lock no longer than
    # others can wait behind it.
    "migrator": Role(
        user="experiment_migrator",
        endpoint="writer_endpoint",
        proxy=None,
        target="read-write",
        writable=True,
        statement_timeout=300_000,
        lock_timeout=5_000,
        idle_timeout=60_000,
    ),
}


@dataclass
class _Kept:
    connection: Session
    where: Contract
    by_proxy: bool
    opened: float
    trusted: bool = True
    blocks: list[object] = field(default_factory=list)


class _Connections(threading.local):
    """Each thread's own, for a transaction belongs to one thread."""

    def __init__(self) -> None:
        self.kept: dict[Key, _Kept] = {}


_connections = _Connections()


@contextlib.contextmanager
def connect(
    role: RoleName = "writer",
    *,
    authenticate: Authentication = "iam",
    prefix: str | None = None,
    patience: float = PATIENCE_SECONDS,
    seconds: float | None = None,
    most_bytes: int | None = None,
    trusted: bool = True,
) -> Iterator[Connection]:
    """Yield a connection in a transaction, committed at the end and rolled back by an exception.

    The connection is kept for the next call in this thread and process, which checks it first and finds it as clean as
    a new one. A server that is away, restarting or not writable yet is tried again for ``patience`` seconds, with
    growing random pauses; 0 tries once. ``seconds`` is how long the client waits for the answer to one statement:
    unless told, a little longer than the role's statement_timeout lets the server take. ``most_bytes`` bounds an
    answer; a larger one costs the connection. ``trusted=False`` closes a proxy's connection at the end, for its session
    cannot be cleaned. ``authenticate`` is ``iam`` or ``secret``; ``prefix`` is the contract's path, ``CONTRACT_PREFIX``
    unless told. A call inside of another's block takes part in its transaction, by a savepoint.

    A block that ends without an exception is committed. One that would not be, for a statement failed and its error was
    caught, raises NotCommitted. A transaction that breaks is the caller's to repeat, for only the caller knows whether
    it may be: ConnectionLost. Errors are AccessFailure of a type each; what the server refuses in the block stays
    psycopg's own error.
    """
    key = (os.getpid(), prefix, role, authenticate)
    kept = _connections.kept.get(key)
    if kept is None or not kept.blocks:
        kept = _checked(ROLES[role], contract.read(prefix), key, patience)
        kept.connection.seconds = ROLES[role].longest if seconds is None else seconds
        kept.connection.most_bytes = most_bytes
        kept.trusted = trusted
    else:
        _refuse_failed(kept)
    with _transaction(key, kept):
        yield kept.connection


@contextlib.contextmanager
def session(
    role: RoleName, *, authenticate: Authentication, credentials: Credentials | None = None
) -> Iterator[Connection]:
    """Yield a connection that nothing ran on before and that is closed afterwards; each statement commits by itself.

    With ``credentials`` it is another user's than the one that ``authenticate`` would give.
    """
    kept = _patiently(ROLES[role], contract.read(), authenticate, PATIENCE_SECONDS, credentials)
    try:
        with _broken_is_lost(kept.connection), kept.connection:
            yield kept.connection
    finally:
        kept.connection.close()


@contextlib.contextmanager
def _transaction(key: Key, kept: _Kept) -> Iterator[None]:
    block = object()
    kept.blocks.append(block)
    try:
        with _broken_is_lost(kept.connection), kept.connection.transaction():
            try:
                yield
            finally:
                innermost = kept.blocks[-1:] == [block]
                if not innermost:
                    kept.connection.close()
            if not innermost:
                message = "blocks of connect() were left in another order than they were entered in"
                raise NotCommitted(message)
            _refuse_failed(kept)
    finally:
        # Whatever is still inside of the outermost block has lost its connection.
        if kept.blocks[:1] == [block]:
            kept.blocks.clear()
            _hand_back(key, kept)
        elif block in kept.blocks:
            kept.blocks.remove(block)


def _refuse_failed(kept: _Kept) -> None:
    """Raise where the transaction of a block cannot be committed any more."""
    if kept.connection.closed:
        message = "the connection broke during a transaction, and its error was not passed on"
        raise ConnectionLost(message)
    status = kept.connection.pgconn.transaction_status
    if status == TransactionStatus.INERROR:
        message = "a statement failed and its error was caught: nothing of this transaction can be committed"
        raise NotCommitted(message)
    if status == TransactionStatus.IDLE:
        message = "the transaction was ended by a statement inside of the block of connect()"
        raise NotCommitted(message)


@contextlib.contextmanager
def _broken_is_lost(connection: Connection) -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        # Not every end of a session is an OperationalError: one for idling in a transaction is not.
        if not connection.closed:
            raise
        message = f"the connection broke during a transaction: {_first_line(error)}"
        raise ConnectionLost(message) from error


def _hand_back(key: Key, kept: _Kept) -> None:
    """Leave nothing of a block to the next: no lock, setting, temporary table, cursor or prepared statement.

    A proxy would pin a session for that. It gives a client's session to nobody else, and pins one that keeps anything.
    """
    connection = kept.connection
    connection.renew()
    if kept.by_proxy and not kept.trusted:
        connection.close()
    if not kept.by_proxy and not connection.closed:
        connection.seconds = limits.CHECK_SECONDS
        try:
            connection.execute(CLEAN)
        except psycopg.Error:
            connection.close()
    if connection.closed and _connections.kept.get(key) is kept:
        del _connections.kept[key]


def refusal(error: psycopg.Error) -> AccessFailure:
    """Return what a caller is told of a server's error: its primary message and SQLSTATE, without detail."""
    if error.sqlstate is None:
        return DatabaseRefused(_first_line(error) or type(error).__name__)
    return DatabaseRefused(f"{error.diag.message_primary} (SQLSTATE {error.sqlstate})")


def _checked(role: Role, where: Contract, key: Key, patience: float) -> _Kept:
    kept = _connections.kept.get(key)
    if kept is not None:
        if kept.where == where and time.monotonic() - kept.opened < REUSED_SECONDS and _usable(kept.connection, role):
            return kept
        del _connections.kept[key]
        kept.connection.close()
    kept = _patiently(role, where, key[-1], patience)
    _connections.kept[key] = kept
    return kept


def _usable(connection: Session, role: Role) -> bool:
    connection.seconds = limits.CHECK_SECONDS
    try:
        row = connection.execute("SELECT pg_catalog.current_setting('transaction_read_only')").fetchone()
    except psycopg.Error:
        return False
    return not role.writable or row == ("off",)


def _patiently(
    role: Role,
    where: Contract,
    authenticate: Authentication,
    patience: float,
    given: Credentials | None = None,
) -> _Kept:
    deadline = time.monotonic() + limits.left(patience)
    renew = False
    for attempt in itertools.count():
        try:
            return _opened(role, where, authenticate, given, renew=renew)
        except AuthenticationFailed:
            # The secret may have been rotated since it was cached.
            if renew or given:
                raise
            renew = True
        except AccessFailure as failure:
            longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2**attempt)
            pause = random.uniform(longest / 2, longest)  # noqa: S311 - spreads clients, hides nothing
            if not failure.transient or time.monotonic() + pause > deadline:
                raise
            time.sleep(pause)
    raise AssertionError


def _opened(
    role: Role, where: Contract, authenticate: Authentication, given: Credentials | None, *, renew: bool
) -> _Kept:
    host = _host(role, where, authenticate)
    by_proxy = role.proxy is not None and host == getattr(where, role.proxy)
    port = where.proxy_port if by_proxy else where.port
    credentials = given or SOURCES[authenticate](where, host=host, port=port, user=role.login, renew=renew)
    options = " ".join(f"-c {name}={value}" for name, value in role.settings(authenticate).items())
    seconds = limits.left(CONNECT_SECONDS)
    if not seconds:
        message = f"{host}: no time is left to connect"
        raise Unreachable(message)
    try:
        connection = Session.connect(
            host=host,
            port=port,
            dbname=where.name,
            user=credentials.user,
            password=credentials.password,
            sslmode="verify-full",
            # libpq's own variable, for tests against a server with other certificates.
            sslrootcert=os.environ.get("PGSSLROOTCERT") or str(CERTIFICATES / ("proxy.pem" if by_proxy else "rds.pem")),
            gssencmode="disable",
            target_session_attrs=role.target,
            connect_timeout=math.ceil(seconds),
            keepalives_idle=10,
            keepalives_interval=5,
            keepalives_count=3,
            tcp_user_timeout=LOST_AFTER_MILLISECONDS,
            application_name=os.environ.get("AWS_LAMBDA_FUNCTION_NAME", "database-access"),
            # A proxy refuses options at start, and SET would pin the session; there the user's own settings apply.
            options="" if by_proxy else options,
            # Statements prepared on one of a proxy's connections are not known on the next.
            prepare_threshold=None if by_proxy else 5,
            autocommit=True,
        )
    except psycopg.OperationalError as error:
        raise _classified(error, host, credentials.user) from error
    connection.seconds = role.longest
    return _Kept(connection, where, by_proxy, time.monotonic())


def _host(role: Role, where: Contract, authenticate: Authentication) -> str:
    # The master's session needs its search path from the start, which a proxy does not set.
    proxy: str | None = getattr(where, role.proxy) if role.proxy and authenticate == "iam" else None
    endpoint: str = getattr(where, role.endpoint)
    return proxy or endpoint


UNAUTHENTICATED = "no password supplied"

UNTRUSTED = (
    "certificate verify failed",
    "does not match host name",
    "does not support SSL",
    "root certificate",
    "no pg_hba.conf entry",
)
"""What libpq says where TLS cannot be had or the server is not the one meant, and what a server says that does not
admit the client at all. libpq says why a connection failed in words only."""

NOT_READY = ("too many", "connection slots", "starting up", "shutting down", "recovery mode", "not yet accepting")
"""What a server says, even after authentication, that will serve later."""


def _classified(error: psycopg.OperationalError, host: str, user: str) -> AccessFailure:
    text = _first_line(error)
    if any(phrase in text for phrase in UNTRUSTED):
        return ServerNotTrusted(f"{host}: {text}")
    if "session is read-only" in text:
        return NotWritable(f"{host}: {text}")
    # Once the server has asked for a password, what it refuses is the session of this user.
    if UNAUTHENTICATED in text:
        return AuthenticationFailed(f"{host} asked {user} for a password, and there is none")
    if error.pgconn and error.pgconn.used_password and "FATAL" in text and not any(why in text for why in NOT_READY):
        return AuthenticationFailed(f"{host} refused {user}: {text}")
    return Unreachable(f"{host}: {text}")


def _first_line(error: psycopg.Error) -> str:
    return str(error).split("\n", 1)[0]
