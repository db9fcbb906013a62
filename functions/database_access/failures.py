"""Everything that can go wrong, each with a type that callers can rely on and a message that holds no secret."""

from __future__ import annotations

from typing import Any, ClassVar

MESSAGE_CHARACTERS = 2000
"""How long a message is at most. Each character takes up to six bytes in JSON."""


class AccessFailure(Exception):  # noqa: N818 - a failure is what the caller is told of, by its type
    """The base of all failures; ``type`` is part of the function's interface."""

    type: ClassVar[str] = "failure"
    transient: ClassVar[bool] = False

    def __init__(self, message: str, *, result: dict[str, Any] | None = None) -> None:
        """Take what the caller is told, cut to MESSAGE_CHARACTERS, and what was done all the same."""
        super().__init__(message if len(message) <= MESSAGE_CHARACTERS else message[: MESSAGE_CHARACTERS - 1] + "…")
        self.result = result


class InvalidEvent(AccessFailure):
    """The event is not one that the function takes; the message names every mistake."""

    type = "invalid-event"


class ContractUnreadable(AccessFailure):
    """The connection contract cannot be read, or lacks something."""

    type = "contract-unreadable"


class SecretUnreadable(AccessFailure):
    """The secret cannot be read, or is not a user name with a password."""

    type = "secret-unreadable"


class AuthenticationFailed(AccessFailure):
    """The server refused the credentials, or refused the session after it had seen them."""

    type = "authentication-failed"


class ServerNotTrusted(AccessFailure):
    """TLS is not offered, or the certificate is not one of a trusted authority for that host name."""

    type = "server-not-trusted"


class Unreachable(AccessFailure):
    """The server does not answer, or not yet."""

    type = "unreachable"
    transient = True


class NotWritable(AccessFailure):
    """The writer endpoint leads to a server that is read only, as during a failover."""

    type = "not-writable"
    transient = True


class QueryDisabled(AccessFailure):
    """The environment does not allow the action ``query``."""

    type = "query-disabled"


class DatabaseRefused(AccessFailure):
    """The server refused a statement; the message is the server's, with its SQLSTATE."""

    type = "database-refused"


class ConnectionLost(AccessFailure):
    """The connection broke during a transaction, which the server rolls back unless it was committing."""

    type = "connection-lost"


class NotCommitted(AccessFailure):
    """A block of ``connect()`` ended as if all were well, and its transaction could not be committed."""

    type = "not-committed"


class MigrationsDiffer(AccessFailure):
    """What was applied to the database is not what this version of the function ships."""

    type = "migrations-differ"


class UsersDiffer(AccessFailure):
    """The database's users are not the ones that the environment names, or a name is somebody else's."""

    type = "users-differ"


class MigrationFailed(AccessFailure):
    """A migration was refused by the server; it left nothing, and the ones before it stay."""

    type = "migration-failed"


class PartitionsFailed(AccessFailure):
    """Partitions could not be created or dropped; the message names each, and the result has what was done."""

    type = "partitions-failed"
