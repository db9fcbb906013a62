"""Connections to the environment's Aurora database, as its connection contract describes it.

``connect`` is all that a consumer needs::

    from database_access import connect

    with connect(role="writer") as connection:
        connection.execute("SELECT experimentation.assign(%s, %s, %s)", (experiment, unit, variant))

This package is also the Lambda function ``database-access``: ``database_access.handler.handle``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from database_access.connections import connect
    from database_access.failures import AccessFailure

__all__ = ["AccessFailure", "connect"]


def __getattr__(name: str) -> Any:
    """Import what is exported once it is asked for, so that the handler decides how all the rest is imported."""
    if name not in __all__:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from database_access import connections, failures  # noqa: PLC0415 - see above

    return connections.connect if name == "connect" else failures.AccessFailure
