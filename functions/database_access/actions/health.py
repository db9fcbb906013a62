"""Whether writer and reader can be used, and how they are doing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import psycopg

from database_access import contract, limits
from database_access.connections import connect, refusal
from database_access.failures import AccessFailure

if TYPE_CHECKING:
    from database_access.connections import Connection, RoleName
    from database_access.events import Health

SECONDS = 8.0
"""How long one role may take, from a kept connection's check to the last answer: a caller's alarm waits for both."""

ABOUT_THE_SESSION = """
SELECT pg_catalog.current_setting('server_version'), ssl.version, pg_catalog.pg_is_in_recovery(),
       pg_catalog.current_setting('transaction_read_only') = 'off',
       pg_catalog.to_regproc('pg_catalog.aurora_replica_status') IS NOT NULL
FROM pg_catalog.pg_stat_ssl AS ssl
WHERE ssl.pid = pg_catalog.pg_backend_pid()
"""

LAG_ON_AURORA = """
SELECT coalesce(pg_catalog.max(replica_lag_in_msec), 0)::float8
FROM pg_catalog.aurora_replica_status()
WHERE server_id = pg_catalog.aurora_db_instance_identifier() AND session_id <> 'MASTER_SESSION_ID'
"""

LAG_ELSEWHERE = """
SELECT CASE
    WHEN pg_is_in_recovery() AND pg_last_wal_receive_lsn() IS DISTINCT FROM pg_last_wal_replay_lsn()
    THEN coalesce(extract(epoch FROM clock_timestamp() - pg_last_xact_replay_timestamp()) * 1000, 0)
    ELSE 0
END::float8
"""


def run(event: Health) -> dict[str, Any]:  # noqa: ARG001 - takes nothing
    """Report on both, each tried once: what is away is away now. Times and the lag are in milliseconds.

    A contract that cannot be read is no matter of either, and an AccessFailure.
    """
    contract.read()
    writer, reader = _looked_at("writer"), _looked_at("reader")
    return {"healthy": writer["reachable"] and reader["reachable"], "writer": writer, "reader": reader}


def _looked_at(role: RoleName) -> dict[str, Any]:
    started = time.perf_counter()
    try:
        with limits.within(SECONDS), connect(role, patience=0) as connection:
            connected = time.perf_counter()
            return {
                "reachable": True,
                "connect_milliseconds": _milliseconds(started, connected),
                **_described(connection),
            }
    except AccessFailure as failure:
        reason = failure
    except psycopg.Error as error:
        reason = refusal(error)
    return {
        "reachable": False,
        "error": {"type": reason.type, "message": str(reason)},
        "milliseconds": _milliseconds(started, time.perf_counter()),
    }


def _described(connection: Connection) -> dict[str, Any]:
    started = time.perf_counter()
    row = connection.execute(ABOUT_THE_SESSION).fetchone() or (None,) * 5
    answered = time.perf_counter()
    version, tls, standby, writable, aurora = row
    lag = connection.execute(LAG_ON_AURORA if aurora else LAG_ELSEWHERE).fetchone()
    return {
        "query_milliseconds": _milliseconds(started, answered),
        "lag_milliseconds": round(lag[0], 1) if lag else None,
        "server_version": version,
        "tls_version": tls,
        "standby": standby,
        "writable": writable,
    }


def _milliseconds(start: float, end: float) -> float:
    return round((end - start) * 1000, 1)
