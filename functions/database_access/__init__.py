"""Connections to the environment's Aurora database, as its connection contract describes it.

``connect`` is all that a consumer needs::

    from database_access import connect

    with connect(role="writer") as connection:
        connection.execute("SELECT experimentation.assign(%s, %s, %s)", (experiment, unit, variant))

This package is also the Lambda function ``database-access``: ``database_access.handler.handle``.
"""

from database_access.connections import connect
from database_access.failures import AccessFailure

__all__ = ["AccessFailure", "connect"]
