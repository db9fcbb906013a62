"""Users of one's own: made, changed and removed by a migration, and what one of them can do to another."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import boto3
import psycopg
import pytest

from database_access import AccessFailure, connect, users
from database_access.connections import ROLES
from database_access.failures import AuthenticationFailed
from tests.functions.platform import DATABASE, READER, WRITER, deployed, forget_connections, variables_set
from tests.harness import PATIENCE, ROOT, sampled
from tests.servers import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from database_access.connections import RoleName
    from tests.functions.platform import Platform
    from tests.servers.certificates import Authority

TWO: dict[str, RoleName] = {"checkout": "writer", "analytics": "reader"}

GROUPS = [role.user for role in ROLES.values()]


@contextmanager
def naming(named: dict[str, RoleName], **variables: str) -> Iterator[None]:
    """Deploy an environment with these users: what its stack tells the two functions."""
    own = {f"DATABASE_USER_{role.upper()}": f"experiment_function_{role}" for role in ("reader", "writer", "migrator")}
    forget_connections()
    with variables_set(DATABASE_USERS=json.dumps(named), **(own if named else {}), **variables):
        yield
    forget_connections()


def migrated(platform: Platform, named: dict[str, RoleName], **variables: str) -> dict[str, Any]:
    """Deploy with these users and migrate as the master; return what became of users."""
    with naming(named, **variables):
        result: dict[str, Any] = platform.succeed("migrate", authenticate="secret")["users"]
    return result


@contextmanager
def logged_in(platform: Platform, role: RoleName, user: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """Connect as an application does that has a user of its own."""
    forget_connections()
    with (
        variables_set(**{f"DATABASE_USER_{role.upper()}": user}),
        connect(role, prefix=platform.prefix, patience=0) as connection,
    ):
        yield connection
    forget_connections()


def refused(platform: Platform, role: RoleName, user: str) -> bool:
    """Whether the server lets nobody log in as the user."""
    try:
        with logged_in(platform, role, user):
            return False
    except AuthenticationFailed:
        return True


def existing(platform: Platform) -> set[str]:
    """Names of the roles that the server knows, but for its own."""
    with platform.superuser() as connection:
        rows = connection.execute("SELECT rolname FROM pg_roles WHERE rolname !~ '^(pg_|rds_iam|postgres)'").fetchall()
    return {name for (name,) in rows}


def test_users_are_made_log_in_and_have_their_groups_rights(fresh: Platform) -> None:
    report = migrated(fresh, TWO)
    assert report == {
        "created": ["checkout", "analytics", *users.FUNCTIONS],
        "changed": [],
        "removed": [],
    }
    with logged_in(fresh, "writer", "checkout") as connection:
        connection.execute("INSERT INTO experiments (key) VALUES ('of-checkout')")
        row = connection.execute("SELECT session_user, current_user, current_setting('search_path')").fetchone()
        assert row == ("checkout", "checkout", "experimentation")
    with logged_in(fresh, "reader", "analytics") as connection:
        assert connection.execute("SELECT key FROM experiments").fetchall() == [("of-checkout",)]
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction), logged_in(fresh, "reader", "analytics") as connection:
        connection.execute("INSERT INTO experiments (key) VALUES ('of-analytics')")


def test_the_functions_go_on_with_users_of_their_own_and_the_groups_log_in_no_more(fresh: Platform) -> None:
    migrated(fresh, TWO)
    assert [group for role, group in users.GROUPS.items() if not refused(fresh, role, group)] == []
    with naming(TWO):
        assert fresh.succeed("health")["healthy"] is True
        assert fresh.succeed("query", sql="SELECT current_user")["rows"] == [["experiment_function_reader"]]
        fresh.succeed("migrate")
        fresh.succeed("partitions")
    with fresh.superuser() as connection:
        owners = connection.execute(
            "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class "
            "WHERE relnamespace = 'experimentation'::regnamespace"
        ).fetchall()
    assert owners == [("experiment_migrator",)]


def test_a_user_that_is_named_no_longer_is_gone_and_its_data_stays(fresh: Platform) -> None:
    migrated(fresh, TWO)
    with fresh.superuser() as connection:
        connection.execute("CREATE SCHEMA shop AUTHORIZATION platform_admin; GRANT ALL ON SCHEMA shop TO checkout")
        connection.execute("GRANT SELECT ON experimentation.migrations TO checkout")
    with logged_in(fresh, "writer", "checkout") as connection:
        connection.execute("CREATE TABLE shop.carts AS SELECT 7 AS cart; SELECT lo_create(4711)")
        connection.execute("INSERT INTO experiments (key) VALUES ('kept')")
    assert migrated(fresh, {"analytics": "reader"}) == {"created": [], "changed": [], "removed": ["checkout"]}
    assert "checkout" not in existing(fresh)
    with fresh.superuser() as connection:
        assert connection.execute("SELECT cart FROM shop.carts").fetchall() == [(7,)]
        assert connection.execute("SELECT count(*) FROM experimentation.experiments").fetchall() == [(1,)]
        owner = connection.execute("SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'carts'").fetchone()
        large = connection.execute("SELECT pg_get_userbyid(lomowner) FROM pg_largeobject_metadata").fetchone()
    assert owner == large == ("experiment_removed",)
    assert not refused(fresh, "reader", "analytics")
    # And it can come back, with the rights of its group and no others.
    assert migrated(fresh, TWO)["created"] == ["checkout"]
    with pytest.raises(psycopg.errors.InsufficientPrivilege), logged_in(fresh, "writer", "checkout") as connection:
        connection.execute("SELECT * FROM shop.carts")


def test_what_a_removed_user_left_runs_with_nobodys_rights(fresh: Platform) -> None:
    """A view reads with its owner's rights: given to the migrator it would open every table to whoever may read it."""
    migrated(fresh, TWO)
    with fresh.superuser() as connection:
        connection.execute(
            "CREATE SCHEMA shop AUTHORIZATION platform_admin; GRANT ALL ON SCHEMA shop TO checkout; "
            "GRANT USAGE ON SCHEMA shop TO public"
        )
    with logged_in(fresh, "writer", "checkout") as connection:
        connection.execute("CREATE VIEW shop.door AS SELECT * FROM experimentation.migrations")
        connection.execute("GRANT ALL ON shop.door TO analytics")
    migrated(fresh, {"analytics": "reader"})
    with pytest.raises(psycopg.errors.InsufficientPrivilege), logged_in(fresh, "reader", "analytics") as connection:
        connection.execute("SELECT * FROM shop.door")


def test_removing_ends_the_users_sessions(fresh: Platform) -> None:
    migrated(fresh, TWO)
    ended = threading.Event()

    def work() -> None:
        with suppress(psycopg.Error, AccessFailure), logged_in(fresh, "writer", "checkout") as connection:
            started.set()
            try:
                connection.execute("SELECT pg_sleep(60)")
            except psycopg.errors.AdminShutdown:
                ended.set()
                raise

    started = threading.Event()
    session = threading.Thread(target=work)
    with variables_set(CONTRACT_PREFIX=fresh.prefix, DATABASE_USER_WRITER="checkout"):
        session.start()
        assert started.wait(20)
        os.environ.pop("DATABASE_USER_WRITER")
        migrated(fresh, {"analytics": "reader"})
    session.join(20)
    assert ended.is_set()
    assert "checkout" not in existing(fresh)


def test_another_role_takes_the_old_rights_at_once(fresh: Platform) -> None:
    migrated(fresh, TWO)
    assert migrated(fresh, {**TWO, "checkout": "reader"}) == {"created": [], "changed": ["checkout"], "removed": []}
    with pytest.raises(psycopg.errors.InsufficientPrivilege), logged_in(fresh, "writer", "checkout") as connection:
        connection.execute("INSERT INTO experiments (key) VALUES ('no')")


def test_a_migrator_by_hand_makes_what_the_group_owns(fresh: Platform) -> None:
    migrated(fresh, {"operator": "migrator"})
    with logged_in(fresh, "migrator", "operator") as connection:
        connection.execute("CREATE TABLE experimentation.made ()")
    with fresh.superuser() as connection:
        owner = connection.execute("SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'made'").fetchone()
    assert owner == ("experiment_migrator",)


def test_naming_nobody_any_more_lets_the_groups_log_in_again(fresh: Platform) -> None:
    migrated(fresh, TWO)
    report = migrated(fresh, {})
    assert report["removed"] == sorted([*TWO, *users.FUNCTIONS])
    assert [group for role, group in users.GROUPS.items() if refused(fresh, role, group)] == []
    assert fresh.succeed("health")["healthy"] is True


def test_the_groups_may_log_in_while_applications_move(fresh: Platform) -> None:
    migrated(fresh, TWO, DATABASE_SHARED_LOGINS="true")
    assert not refused(fresh, "writer", "experiment_writer")
    assert not refused(fresh, "writer", "checkout")
    migrated(fresh, TWO)
    assert refused(fresh, "writer", "experiment_writer")


def test_a_migration_by_iam_says_that_users_differ_once_it_has_migrated(fresh: Platform) -> None:
    migrated(fresh, TWO)
    with naming({**TWO, "billing": "reader"}):
        answer = fresh.invoke("migrate")
        assert answer["error"]["type"] == "users-differ"
        assert "billing" in answer["error"]["message"]
        assert 'authenticate": "secret"' in answer["error"]["message"]
        assert answer["result"]["partitions"]
    with naming(TWO):
        fresh.succeed("migrate")


def test_without_being_told_users_are_left_alone(fresh: Platform) -> None:
    migrated(fresh, TWO)
    with naming(TWO):
        del os.environ["DATABASE_USERS"]
        assert "users" not in fresh.succeed("migrate", authenticate="secret")
    assert {*TWO} <= existing(fresh)


def test_a_role_that_was_made_by_hand_is_never_taken_over(fresh: Platform) -> None:
    fresh.succeed("migrate", authenticate="secret")
    with fresh.superuser() as connection:
        connection.execute("CREATE ROLE checkout LOGIN")
    with naming(TWO):
        error = fresh.fail("migrate", authenticate="secret")
    assert error["type"] == "users-differ"
    assert "checkout" in error["message"]
    assert "analytics" not in existing(fresh), "all or nothing"
    with fresh.superuser() as connection:
        connection.execute("GRANT experiment_users TO checkout") if "experiment_users" in existing(fresh) else None
        connection.execute("DROP ROLE checkout")
    assert "checkout" in migrated(fresh, TWO)["created"]


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '"checkout"',
        "{",
        '{"checkout": "owner"}',
        '{"postgres; DROP": "reader"}',
        '{"pg_monitor": "reader"}',
        '{"rds_superuser": "reader"}',
        '{"experiment_migrator": "reader"}',
        '{"Checkout": "reader"}',
        '{"' + "c" * 64 + '": "reader"}',
        '{"": "reader"}',
        '{"checkout": ["writer"]}',
    ],
)
def test_what_cannot_be_a_user_is_refused_before_anything_is_done(text: str, platform: Platform) -> None:
    before = existing(platform)
    with variables_set(DATABASE_USERS=text):
        error = platform.fail("migrate", authenticate="secret")
    assert error["type"] == "invalid-event"
    assert existing(platform) == before


@pytest.mark.long
def test_two_migrations_at_once_bring_about_the_same(fresh: Platform) -> None:
    fresh.succeed("migrate", authenticate="secret")
    one: dict[str, RoleName] = {"analytics": "reader"}
    for named in (TWO, one, TWO):
        with naming(named):
            processes = [migrating(fresh) for _ in range(2)]
            answers = [json.loads(process.communicate(timeout=PATIENCE)[0].splitlines()[-1]) for process in processes]
        assert [answer["ok"] for answer in answers] == [True, True], answers
        assert {*existing(fresh)} >= {*named, *users.FUNCTIONS}
        assert ("checkout" in existing(fresh)) == ("checkout" in named)


def migrating(platform: Platform) -> subprocess.Popen[str]:
    """Start a migration as the master in a process of its own."""
    code = (
        "import json; from database_access import handler; from tests.functions.platform import LambdaContext; "
        'answer = handler.handle({"action": "migrate", "authenticate": "secret"}, LambdaContext()); '
        "print(json.dumps(answer))"
    )
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | {"CONTRACT_PREFIX": platform.prefix, "PYTHONPATH": f"{ROOT}:{ROOT / 'functions'}"},
        stdout=subprocess.PIPE,
        text=True,
    )


STEPS = ("CREATE ROLE", "GRANT CONNECT", "NOLOGIN", "REASSIGN OWNED", "DROP OWNED", "DROP ROLE")


@pytest.mark.parametrize("step", sampled(STEPS, "NOLOGIN", "DROP OWNED"))
def test_a_migration_that_is_killed_in_the_middle_is_completed_by_the_next(step: str, fresh: Platform) -> None:
    migrated(fresh, {"analytics": "reader"})
    then: dict[str, RoleName] = {"billing": "writer"}
    code = f"""
import os, signal
from database_access import users
run = users._run
def killed(connection, statement, *names):
    run(connection, statement, *names)
    if {step!r} in statement:
        os.kill(os.getpid(), signal.SIGKILL)
users._run = killed
from database_access import handler
from tests.functions.platform import LambdaContext
handler.handle({{"action": "migrate", "authenticate": "secret"}}, LambdaContext())
"""
    with naming(then):
        process = subprocess.Popen(
            [sys.executable, "-c", code],
            cwd=ROOT,
            env=os.environ | {"CONTRACT_PREFIX": fresh.prefix, "PYTHONPATH": f"{ROOT}:{ROOT / 'functions'}"},
        )
        assert process.wait(120) == -signal.SIGKILL
    assert migrated(fresh, then)["created"] in ([], ["billing"])
    assert not refused(fresh, "writer", "billing")
    assert "analytics" not in existing(fresh)
    with fresh.superuser() as connection:
        members = connection.execute(
            "SELECT roleid::regrole::text FROM pg_auth_members WHERE member = 'platform_admin'::regrole"
        ).fetchall()
    assert members == [], "the master stays a member of nobody"


def test_a_user_that_something_elsewhere_hangs_on_cannot_log_in_and_is_named(fresh: Platform) -> None:
    migrated(fresh, TWO)
    with fresh.superuser("postgres") as connection:
        connection.execute("CREATE TABLE elsewhere (); ALTER TABLE elsewhere OWNER TO checkout")
    with naming({"analytics": "reader"}):
        answer = fresh.invoke("migrate", authenticate="secret")
    assert answer["error"]["type"] == "migration-failed"
    assert "removing checkout" in answer["error"]["message"]
    assert "in database postgres" in answer["error"]["message"]
    assert refused(fresh, "writer", "checkout")
    with fresh.superuser("postgres") as connection:
        connection.execute("DROP TABLE elsewhere")
    assert migrated(fresh, {"analytics": "reader"})["removed"] == ["checkout"]
    assert "checkout" not in existing(fresh)


@pytest.fixture(scope="module")
def shop(platform: Platform, variables: dict[str, str]) -> Iterator[Platform]:
    """Yield the migrated environment with applications in it, and take them out again."""
    with variables_set(**variables):
        migrated(platform, {**TWO, "billing": "writer"})
    yield platform
    with variables_set(**variables):
        migrated(platform, {})


ATTACKS = {
    "take the group": "SET ROLE experiment_migrator",
    "take the other": "SET ROLE billing",
    "take the function's": "SET ROLE experiment_function_migrator",
    "take the master": "SET ROLE platform_admin",
    "change the group's defaults": "ALTER ROLE experiment_writer SET statement_timeout = 0",
    "change the other's defaults": "ALTER ROLE billing SET search_path = pg_temp",
    "change everybody's defaults": "ALTER ROLE ALL SET search_path = pg_temp",
    "change the database's defaults": "ALTER DATABASE experiments SET search_path = pg_temp",
    "let the group log in": "ALTER ROLE experiment_writer LOGIN",
    "give the other a password": "ALTER ROLE billing PASSWORD 'x'",
    "make a role": "CREATE ROLE evil LOGIN",
    "become a member of the mark": "GRANT experiment_users TO billing",
    "become a migrator": "GRANT experiment_migrator TO checkout",
    "grant itself away": "GRANT checkout TO analytics",
    "own the schema": "CREATE TABLE experimentation.evil ()",
    "make a schema": "CREATE SCHEMA platform_admin",
    "make something public": "CREATE FUNCTION public.format(text, text) RETURNS text LANGUAGE sql AS $$ SELECT '' $$",
    "replace a function": "CREATE OR REPLACE FUNCTION experimentation.assign(bigint, text, bigint) RETURNS bigint "
    "LANGUAGE sql AS $$ SELECT 1 $$",
    "drop a table": "DROP TABLE experimentation.experiments",
    "empty a table": "TRUNCATE experimentation.assignments",
    "change what is kept": "UPDATE experimentation.partitioned_tables SET retention_days = 1",
    "give away what is not its": "REASSIGN OWNED BY experiment_migrator TO checkout",
    "drop what is not its": "DROP OWNED BY experiment_migrator",
    "become what was removed": "SET ROLE experiment_removed",
    "read the verifiers": "SELECT * FROM pg_catalog.pg_authid",
    "read files": "SELECT pg_catalog.pg_read_file('postgresql.conf')",
    "run a program": "COPY (SELECT 1) TO PROGRAM 'true'",
    "end the others": "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity "
    "WHERE usename IN ('billing', 'analytics', 'experiment_function_reader') ",
}


@pytest.mark.parametrize("statement", ATTACKS.values(), ids=list(ATTACKS))
def test_an_application_cannot_become_change_or_end_another(statement: str, shop: Platform) -> None:
    def hold() -> None:
        with logged_in_beside(shop, "billing") as connection:
            ready.set()
            done.wait(30)
            assert connection.execute("SELECT 1").fetchone() == (1,)

    if "pg_terminate_backend" not in statement:
        with pytest.raises(psycopg.Error) as failed, logged_in(shop, "writer", "checkout") as connection:
            connection.execute(statement.encode())
        assert failed.value.sqlstate in ("42501", "42704", "0LP01"), failed.value
        return
    ready, done = threading.Event(), threading.Event()
    victim = threading.Thread(target=hold)
    victim.start()
    assert ready.wait(20)
    with pytest.raises(psycopg.errors.InsufficientPrivilege), logged_in(shop, "writer", "checkout") as connection:
        connection.execute(statement.encode())
    done.set()
    victim.join(20)


@contextmanager
def logged_in_beside(platform: Platform, user: str) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """Connect around the library, whose connections are each thread's own but whose variables are not."""
    password = boto3.client("rds").generate_db_auth_token(DBHostname=WRITER, Port=platform.server.port, DBUsername=user)
    with psycopg.connect(
        host=WRITER, port=platform.server.port, dbname=DATABASE, user=user, password=password, sslmode="verify-full"
    ) as connection:
        yield connection


WEAKENED = {
    "default_transaction_read_only": ("reader", "off", "on"),
    "standard_conforming_strings": ("writer", "off", "on"),
    "search_path": ("writer", "pg_temp, public", "experimentation"),
    "statement_timeout": ("writer", "0", "10s"),
    "lock_timeout": ("writer", "0", "2s"),
    "idle_in_transaction_session_timeout": ("reader", "0", "30s"),
    "synchronous_commit": ("writer", "off", "on"),
    "row_security": ("writer", "off", "on"),
    "default_transaction_isolation": ("writer", "serializable", "read committed"),
    "default_transaction_deferrable": ("writer", "on", "off"),
}


@pytest.mark.parametrize("setting", WEAKENED)
def test_a_default_of_the_user_weakens_no_session_of_the_library(setting: str, shop: Platform) -> None:
    role, weak, expected = WEAKENED[setting]
    user = "checkout" if role == "writer" else "analytics"
    with shop.superuser() as connection:
        connection.execute(f"ALTER ROLE {user} SET {setting} = {weak}".encode())
        connection.execute(f"ALTER ROLE {user} IN DATABASE experiments SET {setting} = {weak}".encode())
    with logged_in(shop, role, user) as connection:  # type: ignore[arg-type] # of the two above
        assert connection.execute("SELECT current_setting(%s)", [setting]).fetchone() == (expected,)


def test_the_next_migration_takes_back_what_a_user_set_for_itself(fresh: Platform) -> None:
    migrated(fresh, TWO)
    with logged_in(fresh, "reader", "analytics") as connection:
        connection.execute("SET TRANSACTION READ WRITE")
        connection.execute("ALTER ROLE CURRENT_USER SET default_transaction_read_only = off")
        connection.execute("ALTER ROLE CURRENT_USER SET statement_timeout = 0")
    migrated(fresh, TWO)
    with fresh.superuser() as connection:
        ((config,),) = connection.execute(
            "SELECT setconfig FROM pg_db_role_setting WHERE setrole = 'analytics'::regrole AND setdatabase = 0"
        ).fetchall()
    assert {"default_transaction_read_only=on", "statement_timeout=30000ms"} <= {*config}


@pytest.fixture(params=[pytest.param(major, marks=pytest.mark.long) for major in postgres.MAJORS[:-1]] + [18], ids=str)
def elsewhere(request: pytest.FixtureRequest, authority: Authority, environment: None) -> Iterator[Platform]:  # noqa: ARG001
    """Yield a first deployment on a server of this version, which knows no IAM: passwords are set by the tests."""
    binaries = postgres.packaged(request.param)
    with postgres.running(binaries=binaries, certificate=authority.server(names=[WRITER, READER])) as server:
        yield deployed(server)
        forget_connections()


def test_users_come_and_go_on_every_major_version(elsewhere: Platform) -> None:
    """Since PostgreSQL 16 a role that may create roles only administers them, and is asked for more than that."""
    assert migrated(elsewhere, TWO)["created"] == ["checkout", "analytics", *users.FUNCTIONS]
    password = "checkout-of-a-test-server"  # noqa: S105 - the server lives as long as its test and on the loopback address
    with elsewhere.superuser() as connection:
        connection.execute("CREATE SCHEMA shop AUTHORIZATION platform_admin; GRANT ALL ON SCHEMA shop TO checkout")
        connection.execute(f"ALTER ROLE checkout PASSWORD '{password}'")
    with psycopg.connect(
        host="127.0.0.1", port=elsewhere.server.port, dbname=DATABASE, user="checkout", password=password
    ) as session:
        session.execute("INSERT INTO experiments (key) VALUES ('kept'); CREATE TABLE shop.carts AS SELECT 7 AS cart")
        session.commit()
        for statement in (
            "SET ROLE platform_admin",
            "SET ROLE experiment_migrator",
            "CREATE ROLE more",
            "DROP TABLE experiments",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(statement.encode())
            session.rollback()
        assert migrated(elsewhere, {"analytics": "writer"}) == {
            "created": [],
            "changed": ["analytics"],
            "removed": ["checkout"],
        }
        with pytest.raises(psycopg.OperationalError):
            session.execute("SELECT 1")
    with elsewhere.superuser() as connection:
        assert connection.execute("SELECT cart FROM shop.carts").fetchall() == [(7,)]
        owner = connection.execute("SELECT pg_get_userbyid(relowner) FROM pg_class WHERE relname = 'carts'").fetchone()
        members = connection.execute(
            "SELECT roleid::regrole::text FROM pg_auth_members AS held WHERE member = 'platform_admin'::regrole "
            "AND 'true' IN (to_jsonb(held) ->> 'inherit_option', to_jsonb(held) ->> 'set_option')"
        ).fetchall()
    assert owner == ("experiment_removed",)
    assert members == [], "the master is nobody else: it administers whom it made"
    assert "checkout" not in existing(elsewhere)
    assert migrated(elsewhere, TWO)["created"] == ["checkout"]
