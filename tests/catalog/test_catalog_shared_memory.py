"""What a server takes when it starts, against what the servers of the tests say that they would take."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import pytest

from settings import shared_memory
from tests.servers import postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

BASE = {**shared_memory.DEFAULTS, "track_activity_query_size": 1024, "wal_buffers": 512}

CHANGES = {
    "connections": {"max_connections": 5100},
    "locks": {"max_locks_per_transaction": 10064},
    "predicate locks": {"max_pred_locks_per_transaction": 10064},
    "prepared transactions": {"max_prepared_transactions": 20000},
    "senders": {"max_wal_senders": 10010},
    "workers": {"max_worker_processes": 5008},
    "buffers of the log": {"wal_buffers": 65536},
    "statements": {"pg_stat_statements.max": 1000000},
    "dynamic memory": {"min_dynamic_shared_memory": 500},
    "activities": {"track_activity_query_size": 1048576},
    "locks of many": {"max_locks_per_transaction": 1064, "max_connections": 1100},
}

LEAST, MOST = 0.7, 1.03
"""What is computed may be less, since it ends a synth, and the servers differ by their majors; hardly ever more."""

Starting: TypeAlias = "Callable[[dict[str, int]], int]"


@pytest.fixture(scope="module", params=postgres.MAJORS)
def starting(request: pytest.FixtureRequest) -> Iterator[Starting]:
    """Yield a function that returns the bytes of shared memory that a server would start with."""
    major: int = request.param
    with postgres.running(binaries=postgres.packaged(major)) as server:
        server.stop()

        def asked(values: dict[str, int]) -> int:
            settings = {name: str(value) for name, value in values.items()}
            fixed = {"shared_preload_libraries": "pg_stat_statements", "huge_pages": "off"}
            return int(server.computed("shared_memory_size", settings | fixed)) * shared_memory.MIB

        yield asked


def test_what_a_change_adds_to_a_start_is_what_the_server_says(starting: Starting) -> None:
    usual = starting(BASE)
    for title, change in CHANGES.items():
        values = {**BASE, **change}
        computed = shared_memory.structures(values) - shared_memory.structures(BASE)
        share = computed / (starting(values) - usual)
        assert LEAST <= share <= MOST, (title, share)


def test_no_more_is_computed_for_a_usual_start_than_the_server_takes(starting: Starting) -> None:
    computed = shared_memory.structures(BASE) + BASE["shared_buffers"] * shared_memory.PAGE
    assert 0.9 <= computed / starting(BASE) <= 1
