"""Read rows on the reader, within limits."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from database_access import contract
from database_access.connections import connect
from database_access.failures import QueryDisabled

if TYPE_CHECKING:
    from database_access.events import Query


def run(event: Query) -> dict[str, Any]:
    """Return column names and rows, and whether there are more rows than were asked for.

    A cursor of the server takes one statement that returns rows and nothing else, and the transaction is read only and
    always rolled back, so a statement leaves neither rows nor settings behind. The user may only read in any case.
    """
    if not contract.read().query_enabled:
        message = "this environment does not allow the action query: its contract's query-enabled is not true"
        raise QueryDisabled(message)
    with connect("reader") as connection, connection.transaction(force_rollback=True):
        connection.execute("SET LOCAL transaction_read_only = on")
        connection.execute("SELECT set_config('statement_timeout', %s, true)", [str(event.milliseconds)])
        with connection.cursor("query") as cursor:
            cursor.execute(event.sql.encode(), event.parameters or None)
            rows = cursor.fetchmany(event.rows + 1)
            columns = [column.name for column in cursor.description or ()]
    return {
        "columns": columns,
        "rows": json.loads(json.dumps(rows[: event.rows], default=_as_text)),
        "more": len(rows) > event.rows,
    }


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)
