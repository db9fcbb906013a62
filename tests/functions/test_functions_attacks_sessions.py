"""Abuse of connections: what a block leaves to the next, what looks committed and is not, and peers that are silent."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from database_access import AccessFailure, connect, connections
from tests.functions.platform import LambdaContext, forget_connections, variables_set
from tests.harness import sampled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.functions.arena import Arena

    Connection = psycopg.Connection[tuple[Any, ...]]

pytestmark = pytest.mark.long


# --- what a block leaves to the next

ABOUT_THE_SESSION = """
SELECT current_user, session_user,
    (SELECT array_agg(name || '=' || setting ORDER BY name) FROM pg_settings
     WHERE source = 'session' AND name <> 'TimeZone'),
    (SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND locktype = 'advisory'),
    (SELECT count(*) FROM pg_class WHERE relpersistence = 't'),
    (SELECT count(*) FROM pg_prepared_statements WHERE from_sql),
    (SELECT count(*) FROM pg_cursors WHERE is_holdable),
    (SELECT array_agg(channel) FROM pg_listening_channels() AS channel),
    current_setting('search_path'), current_setting('statement_timeout'), current_setting('role')
"""


def about(arena: Arena) -> tuple[tuple[Any, ...] | None, int]:
    with connect(prefix=arena.prefix) as connection:
        return connection.execute(ABOUT_THE_SESSION).fetchone(), connection.info.backend_pid


LEFT = {
    "an advisory lock": "SELECT pg_advisory_lock(1)",
    "a shared advisory lock": "SELECT pg_advisory_lock_shared(1, 2)",
    "many advisory locks": "SELECT pg_advisory_lock(n) FROM generate_series(1, 50) AS n",
    "a lock tried for": "SELECT pg_try_advisory_lock(7310021940522104431)",
    "a time limit": "SET statement_timeout = 0",
    "a search path": "SET search_path = public",
    "a setting by its function": "SELECT set_config('lock_timeout', '0', false)",
    "a read-only session": "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
    "another isolation": "SET default_transaction_isolation = 'serializable'",
    "another encoding": "SET client_encoding = 'LATIN1'",
    "another style of dates": "SET datestyle = 'SQL, DMY'",
    "another name": "SET application_name = 'somebody else'",
    "another role": "SET ROLE experiment_writer",
    "another planner": "SET enable_seqscan = off",
    "a temporary table": "CREATE TEMPORARY TABLE assignments (id int)",
    "a temporary view": "CREATE TEMPORARY VIEW v AS SELECT 1",
    "a temporary sequence": "CREATE TEMPORARY SEQUENCE s",
    "a prepared statement": "PREPARE p AS SELECT 1",
    "a cursor": "DECLARE c CURSOR WITH HOLD FOR SELECT 1",
    "a subscription": "LISTEN news",
}


@pytest.mark.parametrize("left", LEFT)
def test_a_block_leaves_nothing_to_the_next(ground: Arena, left: str) -> None:
    before, pid = about(ground)
    with connect(prefix=ground.prefix) as connection:
        connection.execute(LEFT[left].encode())
        assert connection.info.backend_pid == pid
    assert about(ground) == (before, pid), "as clean as a new one, and the same"


@pytest.mark.parametrize("left", LEFT)
def test_a_block_that_failed_leaves_nothing_to_the_next(ground: Arena, left: str) -> None:
    before, pid = about(ground)

    def fail() -> None:
        with connect(prefix=ground.prefix) as connection:
            connection.execute(LEFT[left].encode())
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert about(ground) == (before, pid)


def test_nothing_is_held_between_blocks(ground: Arena) -> None:
    with connect(prefix=ground.prefix) as connection:
        connection.execute("SELECT pg_advisory_lock(1)")
        pid = connection.info.backend_pid
    assert ground.rows("SELECT count(*) FROM pg_locks WHERE pid = %s", pid) == [(0,)]


def test_the_last_value_of_a_sequence_is_forgotten(ground: Arena) -> None:
    with connect(prefix=ground.prefix) as connection:
        connection.execute("INSERT INTO experiments (key) VALUES ('forgotten')")
        connection.execute("SELECT lastval()")
    with pytest.raises(psycopg.errors.ObjectNotInPrerequisiteState), connect(prefix=ground.prefix) as connection:
        connection.execute("SELECT lastval()")


def test_a_row_factory_is_the_blocks_own(ground: Arena) -> None:
    with connect(prefix=ground.prefix) as connection:
        connection.row_factory = psycopg.rows.dict_row  # type: ignore[assignment] # as a caller without types may
        pid = connection.info.backend_pid
    with connect(prefix=ground.prefix) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        assert connection.info.backend_pid == pid


def test_statements_that_the_client_prepares_survive_the_cleaning(ground: Arena) -> None:
    for _ in range(3):
        with connect(prefix=ground.prefix) as connection:
            for number in range(8):
                assert connection.execute("SELECT %s::int + 1", [number]).fetchone() == (number + 1,)


LOCKS = (
    "SELECT pg_advisory_lock(7310021940522104431)",
    "SELECT pg_try_advisory_lock(7310021940522104431)",
    "SELECT pg_advisory_lock_shared(7310021940522104431)",
    "SELECT set_config('search_path', 'public', false), pg_advisory_lock(7310021940522104431)",
)


@pytest.mark.parametrize("statement", LOCKS)
def test_a_query_keeps_no_lock(ground: Arena, statement: str) -> None:
    ground.succeed("query", sql=statement)
    assert ground.rows("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'") == [(0,)]
    ground.succeed("migrate")


# --- what is not committed raises


def keys(arena: Arena) -> list[str]:
    return [
        key for (key,) in arena.rows("SELECT key FROM experimentation.experiments WHERE key LIKE 'kept-%%' ORDER BY 1")
    ]


def insert(connection: Connection, key: str) -> None:
    connection.execute("INSERT INTO experimentation.experiments (key) VALUES (%s)", [key])


def caught_error(_: Arena, connection: Connection) -> None:
    with contextlib.suppress(psycopg.Error):
        connection.execute("SELECT 1 / 0")


def caught_conflict(_: Arena, connection: Connection) -> None:
    with contextlib.suppress(psycopg.errors.UniqueViolation):
        insert(connection, "kept-1")


def caught_lock(_: Arena, connection: Connection) -> None:
    with contextlib.suppress(psycopg.Error):
        connection.execute("SET LOCAL statement_timeout = 1; SELECT pg_sleep(1)")


def nested_after_caught_error(arena: Arena, connection: Connection) -> None:
    caught_error(arena, connection)
    with connect(prefix=arena.prefix) as inner:
        insert(inner, "kept-2")


def nested_after_caught_error_and_caught_itself(arena: Arena, connection: Connection) -> None:
    caught_error(arena, connection)
    with contextlib.suppress(AccessFailure, psycopg.Error), connect(prefix=arena.prefix) as inner:
        insert(inner, "kept-2")


def broken_and_swallowed(arena: Arena, connection: Connection) -> None:
    arena.arrange(f"SELECT pg_terminate_backend({connection.info.backend_pid}, 5000)")
    with contextlib.suppress(psycopg.Error):
        connection.execute("SELECT 1")


def broken_and_nested(arena: Arena, connection: Connection) -> None:
    broken_and_swallowed(arena, connection)
    with connect(prefix=arena.prefix) as inner:
        insert(inner, "kept-2")


def broken_and_not_noticed(arena: Arena, connection: Connection) -> None:
    arena.arrange(f"SELECT pg_terminate_backend({connection.info.backend_pid}, 5000)")


def closed(_: Arena, connection: Connection) -> None:
    connection.close()


def rolled_back_by_a_statement(_: Arena, connection: Connection) -> None:
    connection.execute("ROLLBACK")


def committed_by_a_statement(_: Arena, connection: Connection) -> None:
    connection.execute("ROLLBACK; BEGIN; COMMIT")


def left_in_another_order(arena: Arena, _: Connection) -> None:
    first, second = connect(prefix=arena.prefix), connect(prefix=arena.prefix)
    insert(first.__enter__(), "kept-2")
    insert(second.__enter__(), "kept-3")
    first.__exit__(None, None, None)
    second.__exit__(None, None, None)


def idle_for_too_long(_: Arena, connection: Connection) -> None:
    connection.execute("SET LOCAL idle_in_transaction_session_timeout = 50")
    time.sleep(0.3)
    connection.execute("SELECT 1")


def idle_for_too_long_and_swallowed(arena: Arena, connection: Connection) -> None:
    with contextlib.suppress(psycopg.Error):
        idle_for_too_long(arena, connection)


def idle_until_the_end(_: Arena, connection: Connection) -> None:
    connection.execute("SET LOCAL idle_in_transaction_session_timeout = 50")
    time.sleep(0.3)


def deferred(_: Arena, connection: Connection) -> None:
    connection.execute("SET CONSTRAINTS ALL DEFERRED")
    connection.execute(
        "CREATE TEMPORARY TABLE d (a int UNIQUE DEFERRABLE INITIALLY DEFERRED); INSERT INTO d VALUES (1), (1)"
    )


LOST: dict[Callable[[Arena, Connection], None], str] = {
    caught_error: "not-committed",
    caught_conflict: "not-committed",
    caught_lock: "not-committed",
    nested_after_caught_error: "not-committed",
    nested_after_caught_error_and_caught_itself: "not-committed",
    rolled_back_by_a_statement: "not-committed",
    committed_by_a_statement: "not-committed",
    left_in_another_order: "not-committed",
    broken_and_swallowed: "connection-lost",
    broken_and_nested: "connection-lost",
    broken_and_not_noticed: "connection-lost",
    closed: "connection-lost",
    idle_for_too_long: "connection-lost",
    idle_for_too_long_and_swallowed: "connection-lost",
    idle_until_the_end: "connection-lost",
    deferred: "",
}
"""What goes wrong inside of a block, and the failure that the caller is told; "" is the server's own error."""


@pytest.mark.parametrize("wrong", LOST, ids=lambda wrong: wrong.__name__)
def test_a_block_that_is_not_committed_raises(ground: Arena, wrong: Callable[[Arena, Connection], None]) -> None:
    def block() -> None:
        with connect(prefix=ground.prefix) as connection:
            insert(connection, "kept-1")
            wrong(ground, connection)

    with pytest.raises((AccessFailure, psycopg.Error)) as told:
        block()
    assert getattr(told.value, "type", "") == LOST[wrong]
    assert keys(ground) == []
    with connect(prefix=ground.prefix) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_every_block_of_a_wrong_order_raises(ground: Arena) -> None:
    first, second = connect(prefix=ground.prefix), connect(prefix=ground.prefix)
    insert(first.__enter__(), "kept-1")
    insert(second.__enter__(), "kept-2")
    for block in (first, second):
        with pytest.raises(AccessFailure):
            block.__exit__(None, None, None)
    assert keys(ground) == []


def test_a_savepoint_makes_a_caught_error_harmless(ground: Arena) -> None:
    with connect(prefix=ground.prefix) as connection:
        insert(connection, "kept-1")
        with contextlib.suppress(psycopg.Error), connection.transaction():
            connection.execute("SELECT 1 / 0")
        with contextlib.suppress(KeyError), connect(prefix=ground.prefix) as inner:
            insert(inner, "kept-2")
            raise KeyError
        with connect(prefix=ground.prefix) as inner:
            insert(inner, "kept-3")
    assert keys(ground) == ["kept-1", "kept-3"]
    ground.arrange("DELETE FROM experimentation.experiments")


# --- peers that acknowledge and say nothing


LONG = 60.0
"""In seconds: what no wait may take. What is measured is that there is an end, not how fast it is."""


@dataclass
class Frozen:
    """A way to the server that stops passing anything on, while the kernel goes on to acknowledge."""

    server: int
    port: int = 0
    frozen: threading.Event = field(default_factory=threading.Event)
    accepting: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    seen: int = 0

    def serve(self, listener: socket.socket) -> None:
        """Accept until the end; each connection is passed on in both directions."""
        listener.settimeout(0.05)
        while not self.ended.is_set():
            with contextlib.suppress(TimeoutError):
                client, _ = listener.accept()
                self.seen += 1
                server = socket.create_connection(("127.0.0.1", self.server))
                for source, target in ((client, server), (server, client)):
                    threading.Thread(target=self.passed, args=(source, target), daemon=True).start()

    def passed(self, source: socket.socket, target: socket.socket) -> None:
        """Pass on what comes, until it is frozen."""
        with contextlib.suppress(OSError), source, target:
            while data := source.recv(65536):
                if self.frozen.is_set():
                    self.ended.wait(4 * LONG)
                    return
                target.sendall(data)


@pytest.fixture
def way(ground: Arena) -> Iterator[tuple[Frozen, Arena]]:
    """Yield a way to the server that can be frozen, and the arena behind it."""
    frozen = Frozen(ground.server.port)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        frozen.port = listener.getsockname()[1]
        thread = threading.Thread(target=frozen.serve, args=(listener,))
        thread.start()
        try:
            yield frozen, ground.published_anew(name=ground.database, port=str(frozen.port))  # type: ignore[misc]
        finally:
            frozen.ended.set()
            thread.join()
            forget_connections()


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the limits, so that a test of each takes a moment."""
    from database_access import limits  # noqa: PLC0415 - what earlier versions have not

    monkeypatch.setattr(limits, "CHECK_SECONDS", 0.3)
    monkeypatch.setattr(limits, "GRACE_SECONDS", 0.3)
    monkeypatch.setattr(connections, "CONNECT_SECONDS", 2)


@pytest.mark.usefixtures("hasty")
def test_a_kept_connection_to_a_silent_peer_is_given_up(way: tuple[Frozen, Arena]) -> None:
    frozen, arena = way
    with connect(prefix=arena.prefix):
        pass
    frozen.frozen.set()
    started = time.monotonic()
    with pytest.raises(AccessFailure) as told, connect(prefix=arena.prefix, patience=0):
        pass
    assert told.value.type == "unreachable"
    assert time.monotonic() - started < LONG


@pytest.mark.usefixtures("hasty")
@pytest.mark.long
def test_health_says_that_a_silent_peer_is_not_reachable(way: tuple[Frozen, Arena]) -> None:
    frozen, arena = way
    arena.succeed("health")
    frozen.frozen.set()
    started = time.monotonic()
    health = arena.succeed("health")
    assert health["healthy"] is False
    assert [health[role]["error"]["type"] for role in ("writer", "reader")] == ["unreachable"] * 2
    assert time.monotonic() - started < LONG


@pytest.mark.usefixtures("hasty")
def test_a_peer_that_falls_silent_in_a_transaction_is_a_connection_lost(way: tuple[Frozen, Arena]) -> None:
    frozen, arena = way

    def block() -> None:
        with connect(prefix=arena.prefix, seconds=0.5) as connection:
            frozen.frozen.set()
            connection.execute("SELECT 1")

    with pytest.raises(AccessFailure) as told:
        block()
    assert told.value.type == "connection-lost"


@pytest.mark.usefixtures("hasty")
def test_a_peer_that_falls_silent_at_the_commit_is_a_connection_lost(way: tuple[Frozen, Arena]) -> None:
    frozen, arena = way

    def block() -> None:
        with connect(prefix=arena.prefix, seconds=0.5) as connection:
            connection.execute("SELECT 1")
            frozen.frozen.set()

    with pytest.raises(AccessFailure) as told:
        block()
    assert told.value.type == "connection-lost"


@pytest.mark.usefixtures("hasty")
def test_a_query_to_a_peer_that_falls_silent_ends(way: tuple[Frozen, Arena]) -> None:
    frozen, arena = way
    threading.Timer(0.5, frozen.frozen.set).start()
    error = arena.fail("query", sql="SELECT pg_sleep(1)", milliseconds=1500)
    assert error["type"] == "connection-lost"


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("action", sampled(("migrate", "partitions", "query", "upgrade-check", "health"), "query"))
def test_every_action_ends_before_the_function_does(way: tuple[Frozen, Arena], action: str) -> None:
    frozen, arena = way
    arena.succeed("partitions")
    frozen.frozen.set()

    @dataclass(frozen=True)
    class Context(LambdaContext):
        def get_remaining_time_in_millis(self) -> int:
            return 3500

    from database_access import handler  # noqa: PLC0415 - what is attacked

    event = {"action": action} | ({"sql": "SELECT 1"} if action == "query" else {})
    started = time.monotonic()
    with variables_set(CONTRACT_PREFIX=arena.prefix):
        answer = handler.handle(event, Context())
    assert time.monotonic() - started < LONG
    assert answer["ok"] is (action == "health")


def test_a_server_that_never_greets_is_unreachable(ground: Arena, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "CONNECT_SECONDS", 2)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        silent = ground.published_anew(name=ground.database, port=str(listener.getsockname()[1]))
        with pytest.raises(AccessFailure) as told, connect(prefix=silent.prefix, patience=0):
            pass
    assert told.value.type == "unreachable"


def test_a_long_statement_that_is_allowed_is_waited_for(ground: Arena) -> None:
    with connect(prefix=ground.prefix, seconds=20) as connection:
        connection.execute("SET LOCAL statement_timeout = 0; SELECT pg_sleep(0.1)")
