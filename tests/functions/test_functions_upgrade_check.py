"""What stands against a major upgrade, found by the function on a real server: made, named, taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from database_access.actions import upgrade_check
from tests.functions.platform import DATABASE, READER, WRITER, deployed, forget_connections
from tests.servers import postgres

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.functions.platform import Platform
    from tests.servers.certificates import Authority
    from tests.servers.iam import Iam

MADE = """
CREATE SCHEMA shop;
CREATE DOMAIN shop.procedure AS regprocedure;
CREATE TYPE shop.call AS (name text, what shop.procedure[]);
CREATE TABLE shop.calls (id int, direct regproc, indirect shop.call, kept regclass, too regtype, who regrole);
CREATE TABLE shop.rights (id int, granted aclitem[]);
CREATE VIEW shop.busy AS SELECT pid, query FROM pg_stat_activity;
CREATE VIEW shop.plain AS SELECT id FROM shop.calls;
CREATE MATERIALIZED VIEW shop.names AS SELECT proname FROM pg_proc;
"""


@pytest.fixture
def logical(authority: Authority, signing: Iam, environment: None) -> Iterator[Platform]:  # noqa: ARG001
    """Yield a migrated environment whose server takes prepared transactions and logical slots."""
    settings = {"wal_level": "logical", "max_prepared_transactions": "5"}
    with postgres.running(certificate=authority.server(names=[WRITER, READER]), settings=settings) as server:
        migrated = deployed(server, signing)
        migrated.succeed("migrate", authenticate="secret")
        yield migrated
    forget_connections()


def found(answer: dict[str, Any], severity: str) -> dict[str, list[str]]:
    """Return what is found by check."""
    return {one["check"]: one["found"] for one in answer[severity]}


def test_a_database_that_only_the_migrations_made_is_ready(platform: Platform) -> None:
    answer = platform.succeed("upgrade-check")
    assert answer["ready"] is True
    assert answer["blockers"] == []
    assert answer["warnings"] == []
    assert answer["database"] == DATABASE
    assert answer["server_version"].split(".")[0].isdecimal()
    assert answer["databases_not_looked_into"] == ["postgres"]


def test_whatever_stands_against_it_is_named_with_its_remedy(logical: Platform) -> None:
    with logical.superuser() as connection:
        connection.execute(MADE)
        major = connection.info.server_version // 10_000
        for number in range(25):
            connection.execute(f"CREATE TABLE shop.many_{number:02} (what regconfig)")
        connection.execute("CREATE DATABASE interrupted")
        connection.execute("CREATE DATABASE closed ALLOW_CONNECTIONS false")
        connection.execute("UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'interrupted'")
        connection.execute("ALTER DATABASE template1 IS_TEMPLATE false")
        connection.execute("SELECT pg_create_logical_replication_slot('search', 'pgoutput')")
        connection.execute("SELECT pg_create_physical_replication_slot('standby')")
        connection.execute("BEGIN; CREATE TABLE shop.half (); PREPARE TRANSACTION 'left behind'")
    answer = logical.succeed("upgrade-check")
    assert answer["ready"] is False
    blockers = found(answer, "blockers")
    columns = blockers.pop("reg-columns")
    assert columns[:3] == [
        "shop.calls.direct is regproc",
        "shop.calls.indirect is shop.call",
        "shop.many_00.what is regconfig",
    ]
    (said,) = [one for one in answer["blockers"] if one["check"] == "reg-columns"]
    assert len(columns) + said["more"] == 27
    assert "text" in said["remedy"]
    expected = {
        "invalid-databases": ["interrupted"],
        "closed-databases": ["closed"],
        "templates": ["template1"],
        **({"aclitem-columns": ["shop.rights.granted is aclitem[]"]} if major < 16 else {}),
        "logical-slots": [f"search in {DATABASE} by pgoutput"],
        "prepared-transactions": [f"'left behind' of {postgres.SUPERUSER} in {DATABASE}"],
    }
    assert blockers == expected
    assert found(answer, "warnings") == {
        "views-over-catalogs": ["shop.busy over pg_stat_activity", "shop.names over pg_proc"],
        "regrole-columns": ["shop.calls.who is regrole"],
    }
    with logical.superuser() as connection:
        connection.execute("ROLLBACK PREPARED 'left behind'")
        connection.execute("SELECT pg_drop_replication_slot('search')")
        connection.execute("DROP SCHEMA shop CASCADE")
        connection.execute("UPDATE pg_database SET datconnlimit = -1 WHERE datname = 'interrupted'")
        connection.execute("ALTER DATABASE template1 IS_TEMPLATE true")
        connection.execute("DROP DATABASE interrupted")
        connection.execute("DROP DATABASE closed")
    assert logical.succeed("upgrade-check")["ready"] is True


def test_an_extension_that_is_behind_is_told(fresh: Platform) -> None:
    fresh.succeed("migrate", authenticate="secret")
    with fresh.superuser() as connection:
        connection.execute("UPDATE pg_extension SET extversion = '0.9' WHERE extname = 'plpgsql'")
        # As it would be called; no server of the tests has the files.
        connection.execute(
            "INSERT INTO pg_extension SELECT 4000000000, 'postgis_raster', extowner, extnamespace, false, '3.1' "
            "FROM pg_extension WHERE extname = 'plpgsql'"
        )
    answer = fresh.succeed("upgrade-check")
    assert found(answer, "blockers") == {"spatial-extensions": ["postgis_raster 3.1, available is none"]}
    assert found(answer, "warnings") == {"extensions": ["plpgsql 0.9, available is 1.0"]}


def test_it_takes_nothing_and_writes_nothing(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    refused = platform.fail("upgrade-check", target="16")
    assert refused == {"type": "invalid-event", "message": "target: upgrade-check takes nothing"}
    asked = upgrade_check.Check(key="asked", sql="SELECT current_setting('transaction_read_only')", remedy="")
    monkeypatch.setattr(upgrade_check, "CHECKS", (asked,))
    assert found(platform.succeed("upgrade-check"), "blockers") == {"asked": ["on"]}
