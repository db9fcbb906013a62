"""Memory that a server needs at its start besides its buffers: what does not fit ends the start.

Bytes are what PostgreSQL 15 to 18 answer to ``postgres -C shared_memory_size``, rounded down: a test asks the servers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

KIB, MIB = 1024, 1024 * 1024

PAGE = 8 * KIB

OF_A_LOCK, OF_A_PREDICATE_LOCK, OF_A_STATEMENT = 400, 250, 370
"""Bytes of one slot of a lock, of a predicate lock, and of a statement of pg_stat_statements."""

OF_A_BACKEND = 5 * KIB
"""Bytes of a connection's or another process's own place, without its locks."""

DEFAULTS: Mapping[str, int] = {
    "autovacuum_max_workers": 3,
    "max_connections": 100,
    "max_locks_per_transaction": 64,
    "max_pred_locks_per_transaction": 64,
    "max_prepared_transactions": 0,
    "max_wal_senders": 10,
    "max_worker_processes": 8,
    "min_dynamic_shared_memory": 0,
    "pg_stat_statements.max": 5000,
    "shared_buffers": 16384,
    "track_activity_query_size": 4096,
    "wal_buffers": -1,
}
"""What decides it, with PostgreSQL's or Aurora's own values; in the parameters' units."""

MOST_BACKENDS = 262143
"""The most connections and other processes together (PostgreSQL source, ``MAX_BACKENDS``)."""

MOST_WAL_BUFFERS = 2048
"""Pages that PostgreSQL takes by itself for -1: a 32nd of shared_buffers, up to one segment of 16 MB."""


def backends(values: Mapping[str, int]) -> int:
    """Return the places for connections and other processes."""
    counted = ("max_connections", "autovacuum_max_workers", "max_worker_processes", "max_wal_senders")
    return sum(values[name] for name in counted) + 1


def structures(values: Mapping[str, int]) -> int:
    """Return the bytes of shared memory besides the buffers; ``values`` has every name of ``DEFAULTS``."""
    places = backends(values) + values["max_prepared_transactions"]
    locks = values["max_locks_per_transaction"] * OF_A_LOCK
    predicates = values["max_pred_locks_per_transaction"] * OF_A_PREDICATE_LOCK
    wal = values["wal_buffers"]
    if wal < 0:
        wal = min(max(values["shared_buffers"], 0) // 32, MOST_WAL_BUFFERS)
    return (
        places * (locks + predicates + OF_A_BACKEND)
        + backends(values) * values["track_activity_query_size"]
        + wal * PAGE
        + values["pg_stat_statements.max"] * OF_A_STATEMENT
        + values["min_dynamic_shared_memory"] * MIB
    )
