"""A failover to a real standby, with what streaming replication makes of it."""

from __future__ import annotations

import os
import pwd
import signal
import subprocess
import threading
import time
from typing import TYPE_CHECKING

import psycopg
import pytest

from database_access import connect
from database_access.failures import NotWritable
from tests.functions.platform import forget_connections
from tests.harness import PATIENCE
from tests.servers import postgres
from tests.servers.postgres import PostgresServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.functions.platform import Platform

pytestmark = pytest.mark.long


@pytest.fixture
def standby(fresh: Platform) -> Iterator[PostgresServer]:
    """Yield a standby of the environment's server that follows it, on a port of its own."""
    fresh.succeed("migrate", authenticate="secret")
    forget_connections()
    primary = fresh.server
    access = primary.folder / "data" / "pg_hba.conf"
    access.write_text("hostssl replication all 127.0.0.1/32 scram-sha-256\n" + access.read_text())
    with fresh.superuser() as connection:
        connection.execute("SELECT pg_reload_conf()")
    folder = postgres.new_folder()
    (folder / "log").touch()
    as_postgres = []
    if os.getuid() == 0:
        account = pwd.getpwnam("postgres")
        for path in (folder, folder / "log"):
            os.chown(path, account.pw_uid, account.pw_gid)
        as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    source = f"host=127.0.0.1 port={primary.port} user={postgres.SUPERUSER} sslmode=require"
    subprocess.run(
        [
            *(*as_postgres, str(primary.binaries / "pg_basebackup"), "--dbname", source),
            *("--pgdata", str(folder / "data"), "--write-recovery-conf", "--checkpoint=fast", "--no-sync"),
        ],
        env={"PATH": os.environ["PATH"], "PGPASSWORD": postgres.PASSWORD},
        check=True,
        capture_output=True,
    )
    following = {"primary_conninfo": f"{source} password={postgres.PASSWORD}"}
    server = PostgresServer(primary.binaries, folder, postgres.free_port(), primary.settings | following)
    server.start()
    try:
        yield server
    finally:
        forget_connections()
        server.stop(signal.SIGQUIT)
        postgres.remove(folder)


def promote(port: int) -> None:
    with psycopg.connect(
        host="127.0.0.1",
        port=port,
        dbname="postgres",
        user=postgres.SUPERUSER,
        password=postgres.PASSWORD,
        sslmode="require",
        sslrootcert="",
    ) as connection:
        connection.execute("SELECT pg_promote()")


def test_a_writer_endpoint_that_leads_to_a_reader_until_that_is_promoted(
    fresh: Platform, standby: PostgresServer
) -> None:
    with connect(prefix=fresh.prefix) as connection:
        connection.execute("INSERT INTO experiments (key) VALUES ('before')")
    on_standby = fresh.published_anew(port=str(standby.port))
    deadline = time.monotonic() + PATIENCE
    followed = False
    while not followed and time.monotonic() < deadline:
        with connect("reader", prefix=on_standby.prefix) as connection:
            followed = connection.execute("SELECT FROM experiments").fetchone() is not None
    assert followed, standby.log
    health = on_standby.succeed("health")
    assert health["writer"]["error"]["type"] == "not-writable"
    assert health["reader"]["standby"] is True
    assert health["reader"]["writable"] is False
    assert health["reader"]["lag_milliseconds"] >= 0

    # The primary dies, and its address leads to the standby, which is promoted a second later.
    fresh.server.stop(signal.SIGQUIT)
    standby.stop()
    standby.port = fresh.server.port
    standby.start()
    with pytest.raises(NotWritable), connect(prefix=fresh.prefix, patience=0.5):
        pass
    promotion = threading.Timer(1, promote, [standby.port])
    promotion.start()
    with connect(prefix=fresh.prefix, patience=PATIENCE) as connection:
        connection.execute("INSERT INTO experiments (key) VALUES ('after')")
        keys = connection.execute("SELECT key FROM experiments ORDER BY id").fetchall()
    promotion.join()
    assert [key for (key,) in keys] == ["before", "after"]
    assert fresh.succeed("health")["healthy"] is True
