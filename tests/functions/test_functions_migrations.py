"""The migrations: once, in order, whole or not at all, by a master user that is no superuser."""

from __future__ import annotations

import shutil
import threading
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from database_access import connect
from database_access.actions import migrate
from tests.functions.conftest import BINARIES
from tests.functions.platform import MASTER, READER, WRITER, Platform, deployed, forget_connections
from tests.servers import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.servers.certificates import Authority


@pytest.fixture
def plain(authority: Authority) -> Iterator[Platform]:
    """Yield a first deployment on a server without IAM, as any PostgreSQL outside AWS is."""
    with postgres.running(binaries=BINARIES, certificate=authority.server(names=[WRITER, READER])) as server:
        yield deployed(server)
        forget_connections()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a copy of the shipped migrations that the function takes instead."""
    copy = tmp_path / "migrations"
    shutil.copytree(migrate.FOLDER, copy)
    monkeypatch.setattr(migrate, "FOLDER", copy)
    return copy


def rows(platform: Platform, statement: str) -> list[tuple[Any, ...]]:
    with platform.superuser() as connection:
        return connection.execute(statement.encode()).fetchall()


def test_without_iam_the_master_user_does_it_all(plain: Platform) -> None:
    assert len(plain.succeed("migrate", authenticate="secret")["applied"]) == 2
    assert plain.succeed("migrate", authenticate="secret")["applied"] == []
    assert rows(plain, "SELECT rolsuper FROM pg_roles WHERE rolname = 'platform_admin'") == [(False,)]
    owners = rows(
        plain,
        "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class "
        "WHERE relnamespace = 'experimentation'::regnamespace AND relkind IN ('r', 'p', 'S')",
    )
    assert owners == [("experiment_migrator",)]
    assert plain.succeed("partitions", authenticate="secret")["exposures"]["created"] == []


def test_the_master_user_does_not_become_a_member_of_rds_iam(fresh: Platform) -> None:
    fresh.succeed("migrate", authenticate="secret")
    assert rows(fresh, f"SELECT pg_has_role('{MASTER}', 'rds_iam', 'MEMBER')") == [(False,)]
    assert rows(
        fresh,
        "SELECT member::regrole::text FROM pg_auth_members WHERE roleid = 'rds_iam'::regrole ORDER BY 1",
    ) == [("experiment_migrator",), ("experiment_reader",), ("experiment_writer",)]
    forget_connections()
    assert fresh.succeed("migrate", authenticate="secret")["applied"] == [], "its password is still good"


def test_a_migration_that_fails_half_way_leaves_nothing(plain: Platform, folder: Path) -> None:
    plain.succeed("migrate", authenticate="secret")
    (folder / "0003_good.sql").write_text("CREATE TABLE experimentation.good (id int);")
    (folder / "0004_half.sql").write_text(
        "CREATE TABLE experimentation.half (id int);\n"
        "INSERT INTO experimentation.experiments (key) VALUES ('half');\n"
        "SELECT 1 / 0;\n"
        "CREATE TABLE experimentation.other_half (id int);\n"
    )
    error = plain.fail("migrate", authenticate="secret")
    assert error == {
        "type": "migration-failed",
        "message": "0004_half: division by zero (SQLSTATE 22012)",
    }
    assert rows(plain, "SELECT max(version) FROM experimentation.migrations") == [(3,)]
    assert rows(plain, "SELECT to_regclass('experimentation.good') IS NULL, to_regclass('experimentation.half')") == [
        (False, None)
    ]
    assert rows(plain, "SELECT count(*) FROM experimentation.experiments") == [(0,)]
    assert rows(
        plain,
        f"SELECT pg_has_role('{MASTER}', 'experiment_migrator', 'USAGE') AND current_setting('is_superuser') = ''",
    ) == [(False,)]
    (folder / "0004_half.sql").write_text("CREATE TABLE experimentation.half (id int);")
    applied = plain.succeed("migrate", authenticate="secret")["applied"]
    assert [each["migration"] for each in applied] == ["0004_half"]


def test_a_migration_that_was_changed_is_refused(plain: Platform, folder: Path) -> None:
    plain.succeed("migrate", authenticate="secret")
    changed = folder / "0002_events.sql"
    changed.write_text(changed.read_text() + "-- changed\n")
    error = plain.fail("migrate", authenticate="secret")
    assert error["type"] == "migrations-differ"
    assert "[2] were changed" in error["message"]


def test_a_database_that_is_ahead_is_left_alone(plain: Platform, folder: Path) -> None:
    (folder / "0005_newer.sql").write_text("SELECT 1;")
    plain.succeed("migrate", authenticate="secret")
    (folder / "0005_newer.sql").unlink()
    assert "[5]" in plain.fail("migrate", authenticate="secret")["message"]
    (folder / "0005_newer.sql").write_text("SELECT 1;")
    (folder / "0004_late.sql").write_text("SELECT 1;")
    assert "[4] come before" in plain.fail("migrate", authenticate="secret")["message"]


def test_two_migrations_of_one_number_are_refused(plain: Platform, folder: Path) -> None:
    (folder / "0002_other.sql").write_text("SELECT 1;")
    assert plain.fail("migrate", authenticate="secret")["type"] == "migrations-differ"


def test_functions_that_migrate_at_once_apply_each_migration_once(plain: Platform, folder: Path) -> None:
    (folder / "0003_slow.sql").write_text("SELECT pg_sleep(0.3); CREATE TABLE experimentation.slow (id int);")
    answers: list[dict[str, Any]] = []

    def invoke() -> None:
        try:
            answers.append(plain.invoke("migrate", authenticate="secret"))
        finally:
            forget_connections()

    threads = [threading.Thread(target=invoke) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer["ok"] for answer in answers] == [True] * 4, answers
    applied = sorted(each["migration"] for answer in answers for each in answer["result"]["applied"])
    assert applied == ["0001_experimentation", "0002_events", "0003_slow"]


PRIVILEGES = {
    "experiments": {"reader": "SELECT", "writer": "SELECT INSERT UPDATE"},
    "variants": {"reader": "SELECT", "writer": "SELECT INSERT UPDATE"},
    "assignments": {"reader": "SELECT", "writer": "SELECT INSERT"},
    "exposures": {"reader": "SELECT", "writer": "SELECT INSERT"},
    "metric_events": {"reader": "SELECT", "writer": "SELECT INSERT"},
    "partitioned_tables": {"reader": "SELECT", "writer": "SELECT"},
    "migrations": {"reader": "", "writer": ""},
}


def test_roles_may_do_what_they_need_and_no_more(platform: Platform) -> None:
    found = {
        table: {
            role: " ".join(
                privilege
                for privilege in ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
                if rows(
                    platform,
                    f"SELECT has_table_privilege('experiment_{role}', 'experimentation.{table}', '{privilege}')",
                )
                == [(True,)]
            )
            for role in ("reader", "writer")
        }
        for table in PRIVILEGES
    }
    assert found == PRIVILEGES
    for role in ("reader", "writer"):
        assert rows(
            platform,
            f"SELECT has_schema_privilege('experiment_{role}', 'experimentation', 'CREATE'), "
            f"has_database_privilege('experiment_{role}', current_database(), 'CREATE')",
        ) == [(False, False)]


def test_what_later_migrations_create_has_the_default_privileges(plain: Platform, folder: Path) -> None:
    (folder / "0003_later.sql").write_text(
        "CREATE TABLE experimentation.later (id bigint GENERATED ALWAYS AS IDENTITY);"
    )
    plain.succeed("migrate", authenticate="secret")
    assert rows(
        plain,
        "SELECT has_table_privilege('experiment_reader', 'experimentation.later', 'SELECT'), "
        "has_table_privilege('experiment_writer', 'experimentation.later', 'INSERT')",
    ) == [(True, True)]


def test_an_event_without_a_partition_is_refused_not_lost(platform: Platform) -> None:
    with (
        pytest.raises(psycopg.errors.CheckViolation),
        connect(prefix=platform.prefix) as connection,
    ):
        connection.execute(
            "INSERT INTO exposures (experiment_id, unit_id, occurred_at, variant_id) "
            "VALUES (1, 'u', now() + interval '9 days', 1)"
        )
