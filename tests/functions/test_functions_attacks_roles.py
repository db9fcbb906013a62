"""Attacks by the database's users on each other, on the master user, and on whoever bootstraps and migrates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg
import pytest

from database_access import connect
from tests.functions.arena import APPLICATION, ATTACKERS, OURS, POWERLESS, powers
from tests.functions.platform import MASTER, forget_connections
from tests.servers import postgres

if TYPE_CHECKING:
    from pathlib import Path

    from tests.functions.arena import Arena

FORBIDDEN = {
    "become the master": f"SET ROLE {MASTER}",
    "log in again as the master": f"SET SESSION AUTHORIZATION {MASTER}",
    "become a superuser": f"SET ROLE {postgres.SUPERUSER}",
    "join the master": f"GRANT {MASTER} TO CURRENT_USER",
    "join the master's role": "GRANT rds_superuser TO CURRENT_USER",
    "raise itself": "ALTER ROLE CURRENT_USER CREATEROLE",
    "make a user": "CREATE ROLE accomplice LOGIN",
    "turn the master's search path": f"ALTER ROLE {MASTER} SET search_path = public",
    "turn everybody's search path": "ALTER ROLE ALL SET search_path = public",
    "turn the database's search path": "DO $$BEGIN EXECUTE format('ALTER DATABASE %I SET search_path = public', "
    "current_database()); END$$",
    "make a schema for the master": f"CREATE SCHEMA {MASTER}",
    "make a schema for another user": f"CREATE SCHEMA {APPLICATION}",
    "make a function in public": "CREATE FUNCTION public.format(text, text) RETURNS text LANGUAGE sql RETURN ''",
    "make a table in public": "CREATE TABLE public.pg_roles ()",
    "make a function of the system": "CREATE FUNCTION pg_catalog.format(name) RETURNS text LANGUAGE sql RETURN ''",
    "read the master's table": "SELECT * FROM vault.secrets",
    "make an extension": "CREATE EXTENSION dblink",
    "make an event trigger": "CREATE FUNCTION pg_temp.f() RETURNS event_trigger LANGUAGE plpgsql AS $$BEGIN END$$; "
    "CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION pg_temp.f()",
    "run a program": "COPY (SELECT 1) TO PROGRAM 'true'",
    "read a file": "SELECT pg_read_file('/etc/hostname')",
    "load a library": "LOAD '/tmp/library.so'",
    "change the server": "ALTER SYSTEM SET log_connections = off",
    "end the superuser's session": "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'postgres'",
    "replicate": "SELECT pg_create_physical_replication_slot('slot')",
    "skip triggers": "SET session_replication_role = replica",
}


@pytest.mark.parametrize("attacker", ATTACKERS)
def test_no_user_becomes_another(ground: Arena, attacker: str) -> None:
    with ground.superuser(), ground.attacker(attacker) as session:
        allowed = []
        for attempt, statement in FORBIDDEN.items():
            try:
                session.execute(statement.encode())
            except psycopg.errors.InsufficientPrivilege:
                continue
            allowed.append(attempt)
    assert allowed == []
    assert powers(ground, attacker) == POWERLESS


@pytest.mark.parametrize("attacker", ATTACKERS)
@pytest.mark.parametrize("other", OURS)
def test_no_user_becomes_one_of_ours(ground: Arena, attacker: str, other: str) -> None:
    if attacker == other:
        other = APPLICATION
    with ground.attacker(attacker) as session:
        for statement in (
            f"SET ROLE {other}",
            f"GRANT {other} TO CURRENT_USER",
            f"ALTER ROLE {other} SET work_mem = 64",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(statement.encode())


@pytest.mark.parametrize("attacker", ["experiment_reader", "experiment_writer", APPLICATION])
@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE experimentation.planted ()",
        "CREATE FUNCTION experimentation.assign(text) RETURNS text LANGUAGE sql RETURN ''",
        "CREATE VIEW experimentation.planted AS SELECT 1",
        "INSERT INTO experimentation.partitioned_tables VALUES ('planted', 1)",
        "UPDATE experimentation.partitioned_tables SET retention_days = 1",
        "DELETE FROM experimentation.migrations",
        "LOCK TABLE experimentation.migrations IN ACCESS SHARE MODE",
        "TRUNCATE experimentation.assignments",
        "ALTER TABLE experimentation.exposures SET (autovacuum_enabled = off)",
        "CREATE TRIGGER planted BEFORE UPDATE ON experimentation.experiments FOR EACH ROW "
        "EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "ALTER SCHEMA experimentation OWNER TO CURRENT_USER",
    ],
)
def test_only_the_migrator_changes_the_schema(ground: Arena, attacker: str, statement: str) -> None:
    with (
        ground.attacker(attacker) as session,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        session.transaction(),
    ):
        session.execute(statement.encode())


RAISE = (
    "EXECUTE ''ALTER ROLE {attacker} CREATEROLE''; EXECUTE ''GRANT rds_superuser TO {attacker}''; "
    "EXECUTE ''GRANT SELECT ON vault.secrets TO {attacker}''"
)
"""What a trap does when the master user runs it; doubled quotes, for it stands in a text."""

BODY = (
    "LANGUAGE plpgsql AS 'BEGIN IF current_user = ''" + MASTER + "'' THEN " + RAISE + "; END IF; RETURN {result}; END'"
)

TRAPS = {
    "format with a name": "FUNCTION {schema}.format(text, name, text) RETURNS text "
    + BODY.replace("{result}", "''SELECT''"),
    "format with a text": "FUNCTION {schema}.format(text, text) RETURNS text " + BODY.replace("{result}", "''SELECT''"),
    "format with two texts": "FUNCTION {schema}.format(text, text, text) RETURNS text "
    + BODY.replace("{result}", "''SELECT''"),
    "a function of roles": "FUNCTION {schema}.pg_has_role(text, text, text) RETURNS bool "
    + BODY.replace("{result}", "true"),
    "current_setting": "FUNCTION {schema}.current_setting(text) RETURNS text " + BODY.replace("{result}", "''off''"),
    "the database's name": "FUNCTION {schema}.current_database() RETURNS text " + BODY.replace("{result}", "''x''"),
    "a user's name": "FUNCTION {schema}.pg_get_userbyid(oid) RETURNS text " + BODY.replace("{result}", "''x''"),
    "the lock": "FUNCTION {schema}.pg_advisory_xact_lock(int) RETURNS int " + BODY.replace("{result}", "1"),
    "the comparison's function": "FUNCTION {schema}.eq(name, text) RETURNS bool " + BODY.replace("{result}", "true"),
}


def plant(field: Arena, attacker: str, schema: str, trap: str) -> None:
    statement = "CREATE " + TRAPS[trap].format(schema=schema, attacker=attacker)
    with field.attacker(attacker) as session:
        session.execute(statement.encode())
        if "eq(" in statement:
            session.execute(
                f"CREATE OPERATOR {schema}.= (LEFTARG = name, RIGHTARG = text, FUNCTION = {schema}.eq)".encode()
            )


@pytest.mark.parametrize("trap", TRAPS)
def test_the_bootstrap_runs_nothing_from_a_schema_named_like_the_master(ground: Arena, trap: str) -> None:
    # As earlier versions did.
    ground.arrange(f"GRANT CREATE ON DATABASE {ground.database} TO experiment_migrator")
    with ground.attacker("experiment_migrator") as session:
        session.execute(f"CREATE SCHEMA {MASTER}".encode())
        session.execute(f"GRANT USAGE ON SCHEMA {MASTER} TO PUBLIC".encode())
    plant(ground, "experiment_migrator", MASTER, trap)
    try:
        answer = ground.succeed("migrate", authenticate="secret")
        assert powers(ground, "experiment_migrator") == POWERLESS
        assert [MASTER in warning for warning in answer["warnings"]] == [True], "a person may still step into it"
    finally:
        ground.arrange(f"DROP SCHEMA {MASTER} CASCADE")


@pytest.mark.parametrize("trap", TRAPS)
@pytest.mark.parametrize("attacker", [APPLICATION, "experiment_writer"])
def test_the_bootstrap_runs_nothing_from_public(ground: Arena, attacker: str, trap: str) -> None:
    # As PostgreSQL 14 has it, and what was upgraded from it.
    ground.arrange(
        "GRANT CREATE ON SCHEMA public TO PUBLIC", f"ALTER ROLE {MASTER} SET search_path = public, pg_catalog"
    )
    plant(ground, attacker, "public", trap)
    try:
        answer = ground.succeed("migrate", authenticate="secret")
        assert powers(ground, attacker) == POWERLESS
        assert "warnings" not in answer
        with ground.attacker(attacker) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
            session.execute(b"CREATE TABLE public.another ()")
    finally:
        ground.arrange(
            f"ALTER ROLE {MASTER} RESET search_path",
            "DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION pg_database_owner",
            "GRANT USAGE ON SCHEMA public TO PUBLIC",
        )


BACK = """
CREATE FUNCTION experimentation.back() RETURNS {returns} LANGUAGE plpgsql AS $$
BEGIN
    IF session_user = 'platform_admin' THEN
        SET LOCAL ROLE NONE;
        ALTER ROLE experiment_migrator CREATEROLE;
        GRANT rds_superuser TO experiment_migrator;
        GRANT SELECT ON vault.secrets TO experiment_migrator;
    END IF;
    RETURN {value};
END $$
"""

TODAY_GONE = """
DO $$
BEGIN
    EXECUTE 'DROP TABLE experimentation.exposures_' || to_char(now() AT TIME ZONE 'UTC', 'YYYYMMDD');
END $$
"""

WAYS_BACK = {
    "a trigger of the ledger": (
        BACK.format(returns="trigger", value="NEW"),
        "CREATE TRIGGER back BEFORE INSERT ON experimentation.migrations FOR EACH ROW "
        "EXECUTE FUNCTION experimentation.back()",
        "DELETE FROM experimentation.migrations WHERE version = 2; DROP TABLE experimentation.exposures, "
        "experimentation.metric_events, experimentation.partitioned_tables",
    ),
    "a view in place of the ledger": (
        BACK.format(returns="integer", value="1"),
        "ALTER TABLE experimentation.migrations RENAME TO kept",
        "CREATE VIEW experimentation.migrations AS SELECT version + 0 * experimentation.back() AS version, checksum "
        "FROM experimentation.kept",
    ),
    "a view in place of the list": (
        BACK.format(returns="integer", value="0"),
        "ALTER TABLE experimentation.partitioned_tables RENAME TO kept",
        "CREATE VIEW experimentation.partitioned_tables AS SELECT table_name, retention_days + experimentation.back() "
        "AS retention_days FROM experimentation.kept",
    ),
    "a policy of the list": (
        BACK.format(returns="boolean", value="true"),
        "CREATE POLICY back ON experimentation.partitioned_tables USING (experimentation.back())",
        "ALTER TABLE experimentation.partitioned_tables FORCE ROW LEVEL SECURITY, ENABLE ROW LEVEL SECURITY",
    ),
    "a constraint that a new partition takes over": (
        BACK.format(returns="boolean", value="true"),
        "ALTER TABLE experimentation.exposures ADD CONSTRAINT back CHECK (experimentation.back())",
        TODAY_GONE,
    ),
    "an index that a new partition takes over": (
        BACK.format(returns="integer", value="1").replace("LANGUAGE plpgsql", "LANGUAGE plpgsql IMMUTABLE"),
        "CREATE INDEX back ON experimentation.exposures ((experimentation.back()))",
        TODAY_GONE,
    ),
}


@pytest.mark.parametrize("way", WAYS_BACK)
def test_nothing_of_the_migrators_runs_in_the_masters_session(field: Arena, way: str) -> None:
    with field.attacker("experiment_migrator") as session:
        for statement in WAYS_BACK[way]:
            session.execute(statement.encode())
    field.invoke("migrate", authenticate="secret")
    field.invoke("partitions", authenticate="secret")
    assert powers(field, "experiment_migrator") == POWERLESS


def test_a_migration_cannot_set_the_role_back(field: Arena, shipped: Path) -> None:
    (shipped / "0003_back.sql").write_text(
        "SET LOCAL ROLE NONE; RESET ROLE; RESET SESSION AUTHORIZATION; "
        "CREATE TABLE experimentation.who AS SELECT current_user AS who;"
    )
    field.succeed("migrate", authenticate="secret")
    assert field.rows("SELECT who FROM experimentation.who") == [("experiment_migrator",)]
    with field.attacker("experiment_migrator") as session:
        session.execute(b"DROP TABLE experimentation.who; DELETE FROM experimentation.migrations WHERE version = 3")
    (shipped / "0003_back.sql").write_text("ALTER ROLE experiment_migrator CREATEROLE;")
    assert "SQLSTATE 42501" in field.fail("migrate", authenticate="secret")["message"]


@pytest.mark.parametrize("ending", ["COMMIT;", "COMMIT; BEGIN;", "ROLLBACK;", "COMMIT AND CHAIN;"])
def test_a_migration_that_ends_its_transaction_is_told_and_not_recorded(
    field: Arena, shipped: Path, ending: str
) -> None:
    (shipped / "0003_ends.sql").write_text(f"CREATE TABLE experimentation.half (); {ending} SELECT 1;")
    error = field.fail("migrate")
    assert error["type"] == "migration-failed"
    assert "0003_ends: it ends its transaction itself" in error["message"]
    assert field.rows("SELECT max(version) FROM experimentation.migrations") == [(2,)]


def test_the_masters_session_finds_no_name_in_anybodys_schema(ground: Arena) -> None:
    ground.arrange(f"ALTER ROLE {MASTER} SET search_path = public, pg_catalog")
    try:
        with connect("migrator", authenticate="secret", prefix=ground.prefix) as connection:
            assert connection.execute("SELECT current_user, current_setting('search_path')").fetchone() == (
                MASTER,
                "pg_catalog,pg_temp",
            )
    finally:
        ground.arrange(f"ALTER ROLE {MASTER} RESET search_path")


def test_the_masters_session_is_not_kept(ground: Arena) -> None:
    forget_connections()
    ground.succeed("migrate", authenticate="secret")
    assert ground.rows("SELECT count(*) FROM pg_stat_activity WHERE usename = %s", MASTER) == [(0,)]


@pytest.mark.parametrize("right", ["CREATEROLE", "CREATEDB", "CREATEROLE CREATEDB"])
@pytest.mark.parametrize("user", OURS)
def test_what_a_user_took_earlier_is_taken_back(ground: Arena, user: str, right: str) -> None:
    ground.arrange(f"ALTER ROLE {user} {right}", f"GRANT rds_superuser TO {user}", f"GRANT {MASTER} TO {user}")
    ground.succeed("migrate", authenticate="secret")
    assert powers(ground, user)["attributes"] is False
    assert powers(ground, user)["above"] == []


@pytest.mark.parametrize("user", OURS)
@pytest.mark.parametrize("above", OURS)
def test_none_of_ours_stays_a_member_of_another(ground: Arena, user: str, above: str) -> None:
    if user != above:
        ground.arrange(f"GRANT {above} TO {user}")
    ground.succeed("migrate", authenticate="secret")
    assert powers(ground, user) == POWERLESS


def test_an_event_trigger_of_somebody_elses_is_told_of(field: Arena) -> None:
    field.arrange(
        "CREATE FUNCTION experimentation.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'",
        "ALTER FUNCTION experimentation.on_ddl() OWNER TO experiment_migrator",
        "CREATE EVENT TRIGGER spy ON ddl_command_end EXECUTE FUNCTION experimentation.on_ddl()",
    )
    answer = field.succeed("migrate", authenticate="secret")
    assert ["spy" in warning for warning in answer["warnings"]] == [True]


def test_the_master_never_connects_by_a_proxy(ground: Arena) -> None:
    proxied = ground.published_anew(name=ground.database, proxy_endpoint="proxy.example", proxy_port="1")
    with connect("writer", authenticate="secret", prefix=proxied.prefix, patience=0) as connection:
        assert connection.execute("SHOW search_path").fetchone() == ("pg_catalog,pg_temp",)


def test_a_database_of_an_earlier_version_is_brought_over(field: Arena) -> None:
    field.arrange(
        f"GRANT CREATE ON DATABASE {field.database} TO experiment_migrator",
        "GRANT CREATE ON SCHEMA public TO PUBLIC",
        f"GRANT CREATE ON SCHEMA public TO {APPLICATION}",
    )
    with field.attacker("experiment_migrator") as session:
        session.execute(
            b"CREATE TABLE public.notes AS SELECT 1 AS note; GRANT SELECT ON public.notes TO experiment_reader"
        )
        session.execute(b"CREATE SCHEMA analytics; CREATE TABLE analytics.kept AS SELECT 2 AS kept")
    answer = field.succeed("migrate", authenticate="secret")
    assert "warnings" not in answer
    with field.attacker("experiment_reader") as session:
        assert session.execute(b"SELECT note FROM public.notes").fetchall() == [(1,)]
    with field.attacker("experiment_migrator") as session:
        assert session.execute(b"SELECT kept FROM analytics.kept").fetchall() == [(2,)]
        session.execute(b"CREATE TABLE analytics.another ()")
        session.execute(b"ALTER TABLE public.notes SET SCHEMA experimentation")
        for statement in (b"CREATE SCHEMA another", b"CREATE TABLE public.another ()"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(statement)
    with field.attacker(APPLICATION) as session:
        session.execute(b"CREATE TABLE public.shop ()")


def test_a_public_schema_of_somebody_elses_is_left_and_told_of(field: Arena) -> None:
    field.arrange("ALTER SCHEMA public OWNER TO postgres", "GRANT CREATE ON SCHEMA public TO PUBLIC")
    answer = field.succeed("migrate", authenticate="secret")
    assert ["public" in warning for warning in answer["warnings"]] == [True]


@pytest.mark.parametrize("owner", [APPLICATION, "experiment_writer"])
def test_a_schema_that_somebody_else_made_in_time_is_refused(field: Arena, owner: str) -> None:
    field.arrange(f"DROP SCHEMA experimentation CASCADE; CREATE SCHEMA experimentation AUTHORIZATION {owner}")
    error = field.fail("migrate", authenticate="secret")
    assert error["type"] == "migration-failed"
    assert owner in error["message"]


def test_a_schema_of_the_masters_is_given_to_the_migrator(field: Arena) -> None:
    field.arrange(f"DROP SCHEMA experimentation CASCADE; CREATE SCHEMA experimentation AUTHORIZATION {MASTER}")
    field.succeed("migrate", authenticate="secret")
    assert field.rows("SELECT nspowner::regrole::text FROM pg_namespace WHERE nspname = 'experimentation'") == [
        ("experiment_migrator",)
    ]


@pytest.mark.parametrize("attacker", ATTACKERS)
def test_nobody_keeps_migrations_waiting_by_a_lock_that_anybody_may_take(ground: Arena, attacker: str) -> None:
    with ground.attacker(attacker) as session:
        session.execute(b"SELECT pg_advisory_lock(7310021940522104431)")
        ground.succeed("migrate")
        ground.succeed("partitions")


def test_the_search_path_is_the_clients_whatever_the_user_made_its_default(ground: Arena) -> None:
    for user in OURS:
        with ground.attacker(user) as session:
            session.execute(
                b"SET default_transaction_read_only = off; ALTER ROLE CURRENT_USER SET search_path = pg_temp"
            )
            session.execute(b"ALTER ROLE CURRENT_USER SET default_transaction_read_only = off")
    forget_connections()
    try:
        for role in OURS.values():
            with connect(role, prefix=ground.prefix) as connection:
                assert connection.execute("SHOW search_path").fetchone() == ("experimentation",)
        with (
            pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
            connect("reader", prefix=ground.prefix) as connection,
        ):
            connection.execute("CREATE TEMPORARY TABLE t () ON COMMIT DROP; SELECT nextval('experiments_id_seq')")
    finally:
        for user in OURS:
            ground.arrange(
                f"ALTER ROLE {user} RESET search_path", f"ALTER ROLE {user} RESET default_transaction_read_only"
            )
