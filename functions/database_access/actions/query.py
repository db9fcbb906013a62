"""Read rows on the reader, within limits."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from database_access import contract, values
from database_access.connections import connect
from database_access.failures import ConnectionLost, DatabaseRefused, InvalidEvent, QueryDisabled
from database_access.limits import GRACE_SECONDS
from database_access.sessions import AnswerTooLarge

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import psycopg

    from database_access.connections import Connection
    from database_access.events import Query

ANSWER_BYTES = 4_000_000
"""How much JSON rows may be. Lambda takes answers of 6 MB (Lambda quotas, read November 2026)."""

FETCHED_BYTES = 8_000_000
"""How much one fetch may receive: a row larger than that is never in memory, nor are many large ones."""

FETCHED_ROWS = 100

CURSOR = "query"

LATE = "canceling statement due to statement timeout (SQLSTATE 57014)"

SETTINGS = """
SET LOCAL transaction_read_only = on; SET LOCAL statement_timeout = {}; SET LOCAL datestyle = 'ISO';
SET LOCAL intervalstyle = 'postgres'; SET LOCAL bytea_output = 'hex'; SET LOCAL extra_float_digits = 1
"""


def run(event: Query) -> dict[str, Any]:
    """Return column names and rows, and whether there are more rows than were asked for or fit into the answer.

    A cursor of the server takes one statement that returns rows and nothing else, and the transaction is read only and
    always rolled back, so a statement leaves neither rows nor settings behind. The user may only read in any case.
    """
    if not contract.read().query_enabled:
        message = "this environment does not allow the action query: its contract's query-enabled is not true"
        raise QueryDisabled(message)
    answer = _Answer(event.rows)
    seconds = event.milliseconds / 1000 + GRACE_SECONDS
    try:
        with (
            connect("reader", seconds=seconds, most_bytes=FETCHED_BYTES, trusted=False) as connection,
            connection.transaction(force_rollback=True),
        ):
            connection.execute(SETTINGS.format(int(event.milliseconds)).encode())
            with connection.cursor(CURSOR) as cursor:
                _declare(cursor, event)
                answer.columns = [column.name for column in cursor.description or ()]
                answer.take(_fetched(connection, event))
    except ConnectionLost as lost:
        if not isinstance(lost.__cause__, AnswerTooLarge):
            raise
        answer.more = True
    return {"columns": answer.columns, "rows": answer.rows, "more": answer.more}


def _declare(cursor: psycopg.ServerCursor[Any], event: Query) -> None:
    try:
        cursor.execute(event.sql.encode(), event.parameters or None)
    except (TypeError, ValueError, RecursionError) as error:
        # psycopg's way to say that placeholders without names are given an object, or those with names a list, and what
        # is nested too deep for it.
        message = f"parameters: {error}"
        raise InvalidEvent(message) from error


@dataclass
class _Answer:
    """What is answered so far."""

    most: int
    columns: list[str] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    more: bool = False
    size: int = 0

    def take(self, found: Iterable[list[Any]]) -> None:
        """Take rows until there are as many as were asked for, or as fit into the answer."""
        for row in found:
            self.size += len(json.dumps(row)) + len(", ")
            if len(self.rows) == self.most or self.size > ANSWER_BYTES:
                self.more = True
                return
            self.rows.append(row)


def _fetched(connection: Connection, event: Query) -> Iterator[list[Any]]:
    """Yield rows, fetched as many at once as are expected to be small; one more than was asked for, if there is one."""
    end = time.monotonic() + event.milliseconds / 1000
    wanted, size = event.rows + 1, 1
    while wanted:
        size = min(size, wanted)
        result = connection.execute(f'FETCH FORWARD {size} FROM "{CURSOR}"'.encode()).pgresult
        if result is None:
            return
        shown = [values.converter(result.ftype(column)) for column in range(result.nfields)]
        largest = 1
        for number in range(result.ntuples):
            row = [result.get_value(number, column) for column in range(result.nfields)]
            largest = max(largest, sum(len(data) for data in row if data))
            yield [None if data is None else show(values.decoded(data)) for show, data in zip(shown, row, strict=True)]
        if result.ntuples < size:
            return
        if time.monotonic() > end:
            # Each fetch has the server's time limit; this is the one for all of them.
            raise DatabaseRefused(LATE)
        wanted -= size
        size = min(2 * size, FETCHED_ROWS, max(1, FETCHED_BYTES // 4 // largest))
