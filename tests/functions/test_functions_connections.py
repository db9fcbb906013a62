"""The library's connections: whom they trust, how they authenticate, and what they survive."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import signal
import threading
import time
from typing import TYPE_CHECKING, Any, LiteralString

import boto3
import psycopg
import pytest
from psycopg import sql

from database_access import connect, credentials
from database_access.connections import ROLES
from database_access.failures import (
    AccessFailure,
    AuthenticationFailed,
    ConnectionLost,
    ContractUnreadable,
    SecretUnreadable,
    ServerNotTrusted,
    Unreachable,
)
from tests.functions.platform import MASTER, READER, WRITER, Platform, deployed, forget_connections
from tests.harness import PATIENCE
from tests.servers import certificates, postgres

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from database_access.connections import RoleName
    from database_access.contract import Contract
    from tests.servers.certificates import Authority
    from tests.servers.iam import Iam


@pytest.fixture(autouse=True)
def new_container() -> Iterator[None]:
    forget_connections()
    yield
    forget_connections()


@pytest.fixture
def migrated(fresh: Platform) -> Platform:
    fresh.succeed("migrate", authenticate="secret")
    forget_connections()
    return fresh


def soon(what: Callable[[], object], seconds: float = 1.0) -> threading.Thread:
    def wait() -> None:
        time.sleep(seconds)
        what()

    thread = threading.Thread(target=wait)
    thread.start()
    return thread


def terminate(platform: Platform) -> None:
    """End the library's sessions, as a restart of the instance does."""
    with platform.superuser() as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'database-access'"
        )


def one(connection: psycopg.Connection[tuple[Any, ...]], statement: LiteralString, *parameters: object) -> Any:
    row = connection.execute(statement, parameters).fetchone()
    assert row is not None
    return row[0]


# --- whom it trusts


def test_another_authority_is_not_trusted(platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSSLROOTCERT", str(certificates.authority(tmp_path).certificate))
    with pytest.raises(ServerNotTrusted, match="certificate verify failed"), connect(prefix=platform.prefix):
        pass


def test_only_amazons_authorities_are_trusted_unless_told(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PGSSLROOTCERT")
    with pytest.raises(ServerNotTrusted, match="certificate verify failed"), connect(prefix=platform.prefix):
        pass


def test_another_host_name_is_not_trusted(platform: Platform) -> None:
    elsewhere = platform.published_anew(writer_endpoint=WRITER.replace("experimentation", "another"))
    with pytest.raises(ServerNotTrusted, match="does not match host name"), connect(prefix=elsewhere.prefix):
        pass


def test_an_expired_certificate_is_not_trusted(authority: Authority) -> None:
    with postgres.running(certificate=authority.server(names=[WRITER, READER], expired=True)) as server:
        platform = deployed(server)
        with pytest.raises(ServerNotTrusted, match="certificate verify failed"), connect(prefix=platform.prefix):
            pass


def test_plain_text_is_refused(platform: Platform) -> None:
    with postgres.running() as server:
        elsewhere = platform.published_anew(port=str(server.port))
        with pytest.raises(ServerNotTrusted, match="does not support SSL"), connect(prefix=elsewhere.prefix):
            pass


# --- how it authenticates


@pytest.mark.parametrize("role", ROLES)
def test_each_role_is_its_own_user_by_iam(platform: Platform, role: RoleName) -> None:
    with connect(role, prefix=platform.prefix) as connection:
        assert one(connection, "SELECT current_user") == ROLES[role].user
        assert one(connection, "SELECT application_name FROM pg_stat_activity WHERE pid = pg_backend_pid()") == (
            "database-access"
        )
        for name, milliseconds in ROLES[role].timeouts.items():
            assert one(connection, "SELECT setting::int FROM pg_settings WHERE name = %s", name) == milliseconds
    assert platform.iam is not None
    assert platform.iam.admitted[-1] == ROLES[role].user


@pytest.mark.parametrize("role", ROLES)
def test_the_users_own_timeouts_are_those_of_the_library(platform: Platform, role: RoleName) -> None:
    with platform.superuser() as connection:
        row = connection.execute(
            "SELECT setconfig FROM pg_db_role_setting WHERE setdatabase = 0 AND setrole = %s::regrole",
            [ROLES[role].user],
        ).fetchone()
    assert row is not None
    own = dict(setting.split("=") for setting in row[0])
    assert {name: int(own[name].removesuffix("s")) * 1000 for name in ROLES[role].timeouts} == ROLES[role].timeouts


def test_a_token_of_another_key_is_refused(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    assert platform.iam is not None
    for access_key in platform.iam.keys:
        monkeypatch.setitem(platform.iam.keys, access_key, "the-key-that-signed-is-another")
    with pytest.raises(AuthenticationFailed, match="experiment_writer"), connect(prefix=platform.prefix):
        pass
    assert platform.iam.refused[-1] == "experiment_writer"


def test_a_token_of_another_user_is_refused(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    def token_of_the_reader(contract: Contract, *, user: str, **endpoint: Any) -> credentials.Credentials:
        return credentials.Credentials(user, credentials.token(contract, user="experiment_reader", **endpoint).password)

    source: credentials.Source = token_of_the_reader
    monkeypatch.setitem(credentials.SOURCES, "iam", source)
    with pytest.raises(AuthenticationFailed, match="experiment_writer"), connect(prefix=platform.prefix):
        pass


def test_a_token_lives_for_fifteen_minutes(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    signed = dt.datetime.now(dt.UTC)

    def minutes_ago(minutes: float) -> None:
        then = signed - dt.timedelta(minutes=minutes)
        monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *_, **__: then.replace(tzinfo=None))

    minutes_ago(15.1)
    with pytest.raises(AuthenticationFailed), connect(prefix=platform.prefix):
        pass
    minutes_ago(14)
    with connect(prefix=platform.prefix) as connection:
        assert one(connection, "SELECT 1") == 1


def test_a_connection_outlives_its_token_and_a_new_one_gets_a_new_token(platform: Platform) -> None:
    assert platform.iam is not None
    before = len(platform.iam.admitted)
    for _ in range(3):
        with connect(prefix=platform.prefix) as connection:
            one(connection, "SELECT 1")
    assert len(platform.iam.admitted) == before + 1
    forget_connections()
    with connect(prefix=platform.prefix) as connection:
        one(connection, "SELECT 1")
    assert len(platform.iam.admitted) == before + 2


def test_a_secret_that_was_rotated_in_mid_flight_is_read_again(migrated: Platform) -> None:
    with connect("migrator", authenticate="secret", prefix=migrated.prefix) as connection:
        assert one(connection, "SELECT current_user") == MASTER
    migrated.rotate()
    with connect("migrator", authenticate="secret", prefix=migrated.prefix) as connection:
        assert one(connection, "SELECT 1") == 1, "a session outlives its password"
    terminate(migrated)
    with connect("migrator", authenticate="secret", prefix=migrated.prefix) as connection:
        assert one(connection, "SELECT 1") == 1
    assert migrated.server.log.count(f'password authentication failed for user "{MASTER}"') == 1


def test_a_wrong_password_is_tried_twice_and_no_more(fresh: Platform) -> None:
    fresh.write_secret(json.dumps({"username": MASTER, "password": "not-this-one"}))
    with (
        pytest.raises(AuthenticationFailed, match=MASTER) as failure,
        connect("migrator", authenticate="secret", prefix=fresh.prefix),
    ):
        pass
    assert fresh.server.log.count("password authentication failed") == 2
    assert "not-this-one" not in str(failure.value)
    assert "not-this-one" not in str(failure.value.__cause__)


def test_an_expired_password_is_refused(fresh: Platform) -> None:
    with fresh.superuser() as connection:
        connection.execute(sql.SQL("ALTER ROLE {} VALID UNTIL '2026-01-01'").format(sql.Identifier(MASTER)))
    with (
        pytest.raises(AuthenticationFailed),
        connect("migrator", authenticate="secret", prefix=fresh.prefix),
    ):
        pass


@pytest.mark.parametrize("text", ["hunter2-in-plain-text", '{"password": "hunter2"}', '["hunter2"]'])
def test_a_secret_of_another_form_is_not_shown(platform: Platform, text: str) -> None:
    other = deployed_secret(platform, text)
    with pytest.raises(SecretUnreadable) as failure, connect("migrator", authenticate="secret", prefix=other.prefix):
        pass
    assert "hunter2" not in str(failure.value)
    assert failure.value.__cause__ is None


def deployed_secret(platform: Platform, text: str) -> Platform:
    arn = boto3.client("secretsmanager").create_secret(Name=f"other-{time.monotonic_ns()}", SecretString=text)["ARN"]
    return platform.published_anew(secret_arn=arn)


def test_a_missing_secret_is_said_to_be_missing(platform: Platform) -> None:
    other = platform.published_anew(secret_arn=f"{platform.secret_arn}-not")
    with (
        pytest.raises(SecretUnreadable, match="ResourceNotFoundException"),
        connect("migrator", authenticate="secret", prefix=other.prefix),
    ):
        pass


def test_a_missing_contract_is_said_to_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ContractUnreadable, match="/nowhere/writer-endpoint"), connect(prefix="/nowhere/"):
        pass
    monkeypatch.delenv("CONTRACT_PREFIX", raising=False)
    with pytest.raises(ContractUnreadable, match="CONTRACT_PREFIX"), connect():
        pass


def test_the_contract_is_read_once(platform: Platform) -> None:
    with connect(prefix=platform.prefix):
        pass
    platform.publish(writer_endpoint="nowhere.invalid")
    with connect(prefix=platform.prefix) as connection:
        assert connection.info.host == WRITER
    platform.publish(writer_endpoint=WRITER)


def test_a_proxy_is_used_without_settings_at_start(authority: Authority, signing: Iam) -> None:
    proxy = "proxy-experimentation-test.proxy-c0ffee123456.eu-west-1.rds.amazonaws.com"
    with postgres.running(certificate=authority.server(names=[WRITER, READER, proxy])) as server:
        platform = deployed(server, signing)
        platform.succeed("migrate", authenticate="secret")
        by_proxy = platform.published_anew(proxy_endpoint=proxy, proxy_port=str(server.port))
        hosts = {}
        for role in ROLES:
            with connect(role, prefix=by_proxy.prefix) as connection:
                hosts[role] = connection.info.host
                source = one(connection, "SELECT source FROM pg_settings WHERE name = 'statement_timeout'")
                assert source == ("user" if role == "writer" else "client")
                # What is prepared on one of a proxy's connections is not known on the next.
                for _ in range(7):
                    one(connection, "SELECT 1")
                prepared = one(connection, "SELECT count(*) FROM pg_prepared_statements")
                assert prepared == (0 if role == "writer" else 1)
        forget_connections()
        elsewhere = platform.published_anew(proxy_endpoint=proxy)
        with pytest.raises(AccessFailure, match="port 5432"), connect(prefix=elsewhere.prefix, patience=0):
            pass
        forget_connections()
    assert hosts == {"writer": proxy, "reader": READER, "migrator": WRITER}


# --- what it survives


def test_a_connection_is_reused_and_a_broken_one_is_replaced(migrated: Platform) -> None:
    with connect(prefix=migrated.prefix) as connection:
        first = one(connection, "SELECT pg_backend_pid()")
    with connect(prefix=migrated.prefix) as connection:
        assert one(connection, "SELECT pg_backend_pid()") == first
    terminate(migrated)
    with connect(prefix=migrated.prefix) as connection:
        assert one(connection, "SELECT pg_backend_pid()") != first


def test_each_thread_has_a_connection_of_its_own(platform: Platform) -> None:
    found = []

    def look() -> None:
        with connect(prefix=platform.prefix) as connection:
            found.append(one(connection, "SELECT pg_backend_pid()"))

    with connect(prefix=platform.prefix) as connection:
        found.append(one(connection, "SELECT pg_backend_pid()"))
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
    assert len(set(found)) == 2


def test_an_exception_rolls_back_and_keeps_the_connection(platform: Platform) -> None:
    def fail() -> None:
        with connect(prefix=platform.prefix) as connection:
            connection.execute("INSERT INTO experimentation.experiments (key) VALUES ('rolled-back')")
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    with connect(prefix=platform.prefix) as connection:
        assert one(connection, "SELECT count(*) FROM experiments WHERE key = 'rolled-back'") == 0


def test_a_server_killed_in_mid_transaction(migrated: Platform) -> None:
    def break_off() -> None:
        with connect(prefix=migrated.prefix) as connection:
            connection.execute("INSERT INTO experimentation.experiments (key) VALUES ('half-done')")
            migrated.server.stop(signal.SIGQUIT)
            connection.execute("INSERT INTO experimentation.experiments (key) VALUES ('other-half')")

    with pytest.raises(ConnectionLost) as lost:
        break_off()
    assert lost.value.type == "connection-lost"
    with pytest.raises(Unreachable), connect(prefix=migrated.prefix, patience=0):
        pass
    restart = soon(migrated.server.start)
    with connect(prefix=migrated.prefix, patience=PATIENCE) as connection:
        assert one(connection, "SELECT count(*) FROM experiments") == 0
        connection.execute("INSERT INTO experiments (key) VALUES ('done-again')")
    restart.join()
    with connect("reader", prefix=migrated.prefix) as connection:
        assert one(connection, "SELECT count(*) FROM experiments") == 1


def test_nobody_waits_long_for_a_lock(migrated: Platform) -> None:
    with connect(prefix=migrated.prefix) as connection:
        connection.execute("INSERT INTO experiments (key) VALUES ('contended')")
    with migrated.superuser() as other, other.transaction():
        other.execute("SELECT FROM experimentation.experiments WHERE key = 'contended' FOR UPDATE")
        started = time.monotonic()
        with (
            pytest.raises(psycopg.errors.LockNotAvailable),
            connect(prefix=migrated.prefix) as connection,
        ):
            connection.execute("UPDATE experiments SET status = 'running' WHERE key = 'contended'")
        assert ROLES["writer"].lock_timeout <= (time.monotonic() - started) * 1000
        assert ROLES["writer"].lock_timeout < ROLES["writer"].statement_timeout
    with connect(prefix=migrated.prefix) as connection:
        connection.execute("UPDATE experiments SET status = 'running' WHERE key = 'contended'")


def test_patience_ends(platform: Platform) -> None:
    nowhere = platform.published_anew(port=str(postgres.free_port()))
    started = time.monotonic()
    with pytest.raises(Unreachable, match="refused"), connect(prefix=nowhere.prefix, patience=1.5):
        pass
    assert time.monotonic() - started > 0.5


def test_each_pause_may_be_twice_as_long_as_the_last_up_to_two_seconds(
    platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = platform.published_anew(port=str(postgres.free_port()))
    pauses: list[float] = []
    started = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: started + sum(pauses))
    monkeypatch.setattr(time, "sleep", pauses.append)
    with pytest.raises(Unreachable, match="refused"), connect(prefix=nowhere.prefix, patience=12.0):
        pass
    longest = [0.1, 0.2, 0.4, 0.8, 1.6]
    assert len(pauses) > len(longest)
    assert sum(pauses) <= 12.0
    for pause, most in itertools.zip_longest(pauses, longest, fillvalue=2.0):
        assert most / 2 <= pause <= most


def test_failures_have_types_of_their_own() -> None:
    def below(kind: type[AccessFailure]) -> list[type[AccessFailure]]:
        return [each for child in kind.__subclasses__() for each in (child, *below(child))]

    types = [kind.type for kind in below(AccessFailure)]
    assert len(types) == len(set(types)) == 15
